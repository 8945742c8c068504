package admin

import (
	"fmt"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// Command shows how a secret is used with one client. In Push and Pull, {secret}
// stands for the secret and {url} for [Options].PublicURL, quoted for a shell where
// that is necessary.
type Command struct {
	Name string `json:"name"` // of the client: the label of the tab
	Push string `json:"push"` // sends data to the backend; "": there is no such command
	Pull string `json:"pull"` // fetches data from the backend; "": there is no such command
}

// usualCommands returns the commands of clients that speak the protocol of Strapi.
func usualCommands() []Command {
	const curl = `curl -i -H "Authorization: Bearer {secret}" {url}/transfer/runner/`
	return []Command{
		{"xfer", "XFER_TOKEN={secret} xfer push backup.tar.gz.age {url}", "XFER_TOKEN={secret} xfer pull {url} backup"},
		{
			"strapi transfer",
			"npx strapi transfer --to {url} --to-token {secret}",
			"npx strapi transfer --from {url} --from-token {secret}",
		},
		{"curl", curl + "push", curl + "pull"},
	}
}

func checkCommands(problems *transfertoken.ValidationError, commands []Command) {
	for i, c := range commands {
		field := fmt.Sprintf("commands[%d]", i)
		if strings.TrimSpace(c.Name) == "" {
			problems.Add(field+".name", "must not be empty")
		}
		if c.Push == "" && c.Pull == "" {
			problems.Add(field, "must have a command to push or to pull")
		}
		for _, line := range [][2]string{{"push", c.Push}, {"pull", c.Pull}} {
			if line[1] != "" && !strings.Contains(line[1], "{secret}") {
				problems.Add(field+"."+line[0], "must hold {secret}")
			}
		}
	}
}
