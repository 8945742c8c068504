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
	Note string `json:"note"` // shown below the command, such as what it prints
}

// usualCommands returns the commands of clients that speak the protocol of Strapi.
func usualCommands(texts map[string]string) []Command {
	const curl = `curl -i -H "Authorization: Bearer {secret}" {url}/transfer/runner/`
	return []Command{
		{
			Name: "xfer",
			Push: "XFER_TOKEN={secret} xfer push backup.tar.gz.age {url}",
			Pull: "XFER_TOKEN={secret} xfer pull {url} backup",
		},
		{
			Name: "strapi transfer",
			Push: "npx strapi transfer --to {url} --to-token {secret}",
			Pull: "npx strapi transfer --from {url} --from-token {secret}",
		},
		{Name: "curl", Push: curl + "push", Pull: curl + "pull", Note: texts["usageTry"]},
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
