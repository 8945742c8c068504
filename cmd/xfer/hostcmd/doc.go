// Package hostcmd gives the program of a backend the commands that Strapi has for its data: export, import and
// transfer, and tokens to manage the transfer tokens.
//
// The page docs/transferable.md of the repository shows a backend that has them.
//
// The backend adds the commands, each a [cobra.Command], to its own. They share their code, their flags and their exit
// codes with the program xfer beside this package, which needs no backend.
//
// # Flags
//
// The flags and their defaults are those of Strapi 5, with these differences:
//
//   - A new archive is encrypted with age. --strapi encrypts it as Strapi does (.enc), --no-encrypt not at all.
//   - A passphrase can also come from --key-file or the variable XFER_KEY, and --recipient names age recipients.
//   - A command that replaces data asks first. Without a terminal it needs --force, or it does nothing.
//   - --dry-run shows what would be replaced. --json prints the report as JSON. --quiet prints only results.
//   - export replaces no archive without --force.
//
// The shorthands are -f (--file), -k (--key), -i (--identity), -r (--recipient) and -R (--recipients-file). A flag that
// the backend gives all of its commands must have another one.
//
// # Exit codes
//
// [Run] returns them. They are those of xfer: 0 done; 1 failed, everything is as before; 2 wrong arguments, or a
// question without an answer; 3 the schemas differ; 4 the remote refused; 5 not an archive, a damaged one, or a wrong
// passphrase; 6 nobody knows whether the commit took place; 130 interrupted.
//
// # Interruptions
//
// While one of the commands runs, Ctrl-C and SIGTERM end its context, and it rolls back. The second one ends the
// program at once, and so do 10 seconds after the first: from the first one on, the program has no handlers of these
// signals any more. Other commands of the program are not affected.
//
// # Files
//
//	host.go             Host, New, Run
//	export.go           export
//	import.go           import
//	transfer.go         transfer
//	tokens.go           tokens, tokens create
//	tokens_existing.go  tokens list, regenerate, suspend, resume, delete
package hostcmd
