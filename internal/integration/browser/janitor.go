package browser

import (
	"io"
	"os"
	"os/exec"
)

// A janitor is a process that ends what is left of the browser and removes its
// folder when this process has ended, in whichever way: deferred calls are not
// run when a test panics or takes too long.
type janitor struct {
	cmd   *exec.Cmd
	leash io.Closer
}

const janitorScript = `
trap '' HUP INT TERM
cat >/dev/null
for attempt in 1 2 3 4 5 6 7 8 9 10; do
	for process in /proc/[0-9]*; do
		if cat "$process/cmdline" "$process/environ" | tr '\0' '\n' |
				grep -qxF -e "--user-data-dir=$1/profile" -e "HOME=$1"; then
			kill -9 "${process#/proc/}"
		fi
	done 2>/dev/null
	if rm -rf "$1" 2>/dev/null; then exit; fi
	sleep 0.1
done
`

func startJanitor(dir string) (*janitor, error) {
	cmd := exec.Command("sh", "-c", janitorScript, "janitor", dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr // so that whoever waits for the output of the tests waits for it
	leash, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &janitor{cmd, leash}, cmd.Start()
}

// finish returns when all is gone.
func (j *janitor) finish() {
	j.leash.Close()
	j.cmd.Wait()
}
