package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/stretchr/testify/require"
)

// withTLS returns a client that trusts the certificate that cfg gets.
func withTLS(t *testing.T, cfg *config) *http.Client {
	t.Helper()
	known := httptest.NewTLSServer(nil)
	defer known.Close()
	certificate := known.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	require.NoError(t, err)
	dir := t.TempDir()
	cfg.Cert, cfg.Key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		cfg.Cert: {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		cfg.Key:  {Type: "PRIVATE KEY", Bytes: key},
	} {
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	}
	roots := x509.NewCertPool()
	roots.AddCert(known.Certificate())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestOverTLS(t *testing.T) {
	cfg := newConfig(t)
	cfg.Limits.Recheck = 100 * time.Millisecond
	trusting := withTLS(t, &cfg)
	issued := issue(t, cfg, transfertoken.FullAccess)
	b := start(t, cfg)
	c := newClient(t, strings.Replace(b.url, "http:", "https:", 1))
	c.http.Transport = trusting.Transport

	in := c.login(t, "admin", password)
	require.Equal(t, 204, in.status, in.body)
	require.Contains(t, in.header.Get("Set-Cookie"), "; Secure;")
	require.Len(t, c.do(t, "GET", "/admin/transfer/tokens", nil, nil).list(t), 1)

	file := c.do(t, "POST", "/push", bearer(issued.Secret.Reveal()), strings.NewReader("over HTTP/2")).made().ID
	require.Equal(t, "over HTTP/2", c.do(t, "GET", "/pull/"+file, bearer(issued.Secret.Reveal()), nil).body)

	body, feed := io.Pipe()
	answered := make(chan answer, 1)
	go func() {
		got, _ := c.try(t.Context(), "POST", "/push", bearer(issued.Secret.Reveal()), body)
		answered <- got
	}()
	_, err := io.WriteString(feed, "half")
	require.NoError(t, err)
	awaitFiles(t, cfg, 2)
	revoke(t, cfg, issued)
	require.Equal(t, 401, (<-answered).status)
	awaitFiles(t, cfg, 1)
}

func TestServerWithoutItsCertificateDoesNotStart(t *testing.T) {
	cfg := newConfig(t)
	cfg.Cert, cfg.Key = filepath.Join(cfg.Data, "cert.pem"), filepath.Join(cfg.Data, "key.pem")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.ErrorIs(t, serve(t.Context(), cfg, listener, discard), os.ErrNotExist)
}
