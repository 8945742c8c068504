module github.com/seed-39e76d91/transfertoken/datatransfer

go 1.26.0

replace github.com/seed-39e76d91/transfertoken => ../

require (
	filippo.io/age v1.3.2
	github.com/coder/websocket v1.8.15
	github.com/go-json-experiment/json v1.27.2
	github.com/google/uuid v1.6.0
	github.com/seed-39e76d91/transfertoken v0.1.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/crypto v0.58.0
	golang.org/x/sys v0.49.0
)

require (
	filippo.io/hpke v0.4.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
