package admin

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.yaml
var openAPI []byte

// describe answers with the OpenAPI description of this package.
func describe(*request) (answer, error) {
	return answer{status: http.StatusOK, contentType: "application/yaml; charset=utf-8", body: openAPI}, nil
}
