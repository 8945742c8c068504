module github.com/seed-39e76d91/transfertoken/examples

go 1.26.0

require github.com/seed-39e76d91/transfertoken v0.1.0

replace github.com/seed-39e76d91/transfertoken => ../
