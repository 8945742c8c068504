module github.com/seed-39e76d91/transfertoken/datatransfer

go 1.26.0

replace github.com/seed-39e76d91/transfertoken => ../

require (
	filippo.io/age v1.3.2
	filippo.io/hpke v0.4.0
	github.com/coder/websocket v1.8.15
	github.com/go-json-experiment/json v1.27.2
	github.com/google/uuid v1.6.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/crypto v0.58.0
	golang.org/x/sys v0.49.0
)
