package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// firefoxVariable names the Firefox of the tests.
const firefoxVariable = "TRANSFERTOKEN_TEST_FIREFOX"

// firefox is as many processes as there are tests at once: only one page of a process has the focus, and the
// clipboard is that of the process.
type firefox struct {
	path string

	mu   sync.Mutex
	all  []*firefoxProcess
	idle []*firefoxProcess
	held map[testing.TB]*firefoxProcess
}

func newFirefox(path string) engine {
	return &firefox{path: path, held: map[testing.TB]*firefoxProcess{}}
}

func (f *firefox) name() string { return "Firefox" }

func (f *firefox) open(t testing.TB, w *watch) (tab, error) {
	process, err := f.take(t)
	if err != nil {
		return nil, err
	}
	return process.open("", w)
}

// take returns the process that serves t until t ends.
func (f *firefox) take(t testing.TB) (*firefoxProcess, error) {
	f.mu.Lock()
	process := f.held[t]
	if process == nil && len(f.idle) > 0 {
		process = f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		f.hold(t, process)
	}
	f.mu.Unlock()
	if process != nil {
		return process, nil
	}
	process, err := startFirefox(f.path)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, process)
	f.hold(t, process)
	return process, nil
}

func (f *firefox) hold(t testing.TB, process *firefoxProcess) {
	f.held[t] = process
	t.Cleanup(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.held, t)
		f.idle = append(f.idle, process)
	})
}

func (f *firefox) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, process := range f.all {
		process.stop()
	}
	f.all, f.idle = nil, nil
}

// firefoxProcess is one Firefox.
type firefoxProcess struct {
	*bidi
	ctx    context.Context
	stop   func()
	chrome string // the context of the browser's own window

	mu     sync.Mutex
	tabs   map[string]*firefoxTab // by their contexts
	active string                 // the context of the tab that has the focus
}

const firefoxPreferences = `
user_pref("browser.aboutConfig.showWarning", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.startup.page", 0);
user_pref("browser.tabs.remote.autostart", true);
user_pref("dom.events.testing.asyncClipboard", true);
user_pref("dom.ipc.processCount", 1);
user_pref("dom.ipc.processPrelaunch.enabled", false);
user_pref("fission.autostart", false);
user_pref("intl.accept_languages", "en-US");
user_pref("intl.locale.requested", "en-US");
user_pref("network.dns.disablePrefetch", true);
user_pref("network.http.request.max-attempts", 1);
user_pref("network.http.speculative-parallel-limit", 0);
user_pref("network.prefetch-next", false);
user_pref("privacy.fingerprintingProtection", false);
user_pref("toolkit.cosmeticAnimations.enabled", false);
`

func startFirefox(name string) (*firefoxProcess, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", firefoxVariable, err)
	}
	dir, err := os.MkdirTemp("", "firefox-")
	if err != nil {
		return nil, err
	}
	janitor, err := startJanitor(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	profile, temp := filepath.Join(dir, "profile"), filepath.Join(dir, "t")
	if err := errors.Join(os.Mkdir(profile, 0o700), os.Mkdir(temp, 0o700),
		os.WriteFile(filepath.Join(profile, "user.js"), []byte(firefoxPreferences), 0o600)); err != nil {
		janitor.finish()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-remote", "--profile", profile,
		"--remote-debugging-port", "0", "--remote-allow-system-access", "about:blank")
	cmd.Env = []string{"HOME=" + dir, "TMPDIR=" + temp, "XDG_CACHE_HOME=" + temp, "XDG_CONFIG_HOME=" + temp, "TZ=UTC",
		"LANGUAGE=en_US", "LC_ALL=C.UTF-8", "MOZ_HEADLESS=1", "MOZ_CRASHREPORTER_DISABLE=1", "PATH=" + os.Getenv("PATH")}
	p := &firefoxProcess{ctx: ctx, tabs: map[string]*firefoxTab{}}
	p.stop = func() {
		cancel()
		cmd.Wait()
		janitor.finish()
	}
	if err := p.start(cmd); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	return p, nil
}

func (p *firefoxProcess) start(cmd *exec.Cmd) error {
	output, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	address, err := listeningAddress(output)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if p.bidi, err = dialBidi(p.ctx, address+"/session", p.heard); err != nil {
		return err
	}
	var tree struct {
		Contexts []struct {
			Context string `json:"context"`
		} `json:"contexts"`
	}
	if err := errors.Join(
		p.send(ctx, "session.new", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
			"unhandledPromptBehavior": map[string]any{"default": "ignore"},
		}}}, nil),
		p.send(ctx, "session.subscribe", map[string]any{"events": firefoxEvents}, nil),
		p.send(ctx, "browsingContext.getTree", map[string]any{"moz:scope": "chrome", "maxDepth": 0}, &tree),
	); err != nil {
		return err
	}
	if len(tree.Contexts) == 0 {
		return errors.New("it has no window")
	}
	p.chrome = tree.Contexts[0].Context
	return nil
}

var listening = regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`)

// listeningAddress reads the output of a Firefox until it says where it listens, and throws the rest away.
func listeningAddress(output io.Reader) (string, error) {
	var lines []string
	for scanner := bufio.NewScanner(output); scanner.Scan(); {
		if found := listening.FindStringSubmatch(scanner.Text()); found != nil {
			go io.Copy(io.Discard, output)
			return found[1], nil
		}
		lines = append(lines, scanner.Text())
	}
	return "", fmt.Errorf("it says:\n%s", strings.Join(lines, "\n"))
}
