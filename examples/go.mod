module github.com/seed-39e76d91/transfertoken/examples

go 1.26.0

require (
	github.com/google/uuid v1.6.0
	github.com/seed-39e76d91/transfertoken v0.1.0
	github.com/seed-39e76d91/transfertoken/datatransfer v0.1.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/crypto v0.58.0
	modernc.org/sqlite v1.61.1
)

require (
	github.com/coder/websocket v1.8.15 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.49.0 // indirect
	modernc.org/libc v1.79.0 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)

replace (
	github.com/seed-39e76d91/transfertoken => ../
	github.com/seed-39e76d91/transfertoken/datatransfer => ../datatransfer
)

// What the tests of modernc.org/sqlite ask for is not on the module proxy.
replace github.com/google/pprof => github.com/google/pprof v0.0.0-20260906184651-6331bc6350fe
