module github.com/seed-39e76d91/transfertoken/datatransfer

go 1.26.0

replace github.com/seed-39e76d91/transfertoken => ../

require (
	github.com/go-json-experiment/json v1.27.2
	github.com/stretchr/testify v1.12.1
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
