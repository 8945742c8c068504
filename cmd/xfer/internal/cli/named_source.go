package cli

import (
	"context"
	"io"
	"iter"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

// A NamedSource is a remote that is read. Its errors name it, so that they are not taken for those of the other side.
type NamedSource struct {
	*remote.Source
	Name string
}

// PullNamed connects to a remote that has the content types of a scope. Its errors have an exit code and the name.
func PullNamed(
	ctx context.Context, address, token string, opts *remote.Options, scope datatransfer.Scope,
) (NamedSource, error) {
	s := NamedSource{Name: RemoteName(address)}
	var err error
	if s.Source, err = remote.Pull(ctx, address, token, opts); err != nil {
		return NamedSource{}, s.fail(err)
	}
	if err := CheckTypes(ctx, s, scope, nil); err != nil {
		s.Close()
		return NamedSource{}, s.fail(err)
	}
	return s, nil
}

// fail adds the name and the exit code to an error of the remote.
func (s NamedSource) fail(err error) error {
	if err == io.EOF {
		return err
	}
	return RemoteError(s.Name, err)
}

// Metadata asks the remote for its time and version.
func (s NamedSource) Metadata(ctx context.Context) (datatransfer.Metadata, error) {
	metadata, err := s.Source.Metadata(ctx)
	return metadata, s.fail(err)
}

// Schemas asks the remote for its schemas.
func (s NamedSource) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	schemas, err := s.Source.Schemas(ctx)
	return schemas, s.fail(err)
}

// Entities reads the entities.
func (s NamedSource) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return named(s, s.Source.Entities(ctx))
}

// Assets reads the files.
func (s NamedSource) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(yield func(datatransfer.Asset, error) bool) {
		for asset, err := range named(s, s.Source.Assets(ctx)) {
			if err == nil {
				asset.Body = namedReader{asset.Body, s}
			}
			if !yield(asset, err) {
				return
			}
		}
	}
}

// Links reads the links.
func (s NamedSource) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return named(s, s.Source.Links(ctx))
}

// Configuration reads the settings and webhooks.
func (s NamedSource) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	return named(s, s.Source.Configuration(ctx))
}

func named[T any](s NamedSource, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for record, err := range seq {
			if !yield(record, s.fail(err)) {
				return
			}
		}
	}
}

type namedReader struct {
	io.Reader
	source NamedSource
}

func (r namedReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	return n, r.source.fail(err)
}
