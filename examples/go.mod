module github.com/seed-39e76d91/transfertoken/examples

go 1.26.0

require (
	github.com/seed-39e76d91/transfertoken v0.1.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/google/uuid v1.6.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/seed-39e76d91/transfertoken => ../
