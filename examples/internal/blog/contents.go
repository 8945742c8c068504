package blog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Contents sums up the data of a blog. Two blogs with the same Contents have the same rows,
// links, settings and files.
type Contents struct {
	Articles, Authors, Categories, Pictures int

	SHA256 string // of everything, in hex
}

func (c Contents) String() string {
	return fmt.Sprintf("%d articles, %d authors, %d categories, %d pictures\nSHA-256 %s",
		c.Articles, c.Authors, c.Categories, c.Pictures, c.SHA256)
}

// Contents sums up the blog, as it is at one moment.
func (b *Blog) Contents(ctx context.Context) (_ Contents, err error) {
	src, err := b.Data.Source(ctx)
	if err != nil {
		return Contents{}, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	var c Contents
	sum := sha256.New()
	for asset, err := range src.Assets(ctx) {
		if err != nil {
			return Contents{}, err
		}
		c.Pictures++
		fmt.Fprintf(sum, "%s %d\n", asset.Name, asset.Size)
		if _, err := io.Copy(sum, asset.Body); err != nil {
			return Contents{}, err
		}
	}
	counts := map[string]*int{typeArticle: &c.Articles, typeAuthor: &c.Authors, typeCategory: &c.Categories}
	err = errors.Join(
		addRecords(sum, src.Entities(ctx), func(e datatransfer.Entity, text []byte) ([]byte, error) {
			if count := counts[e.Type]; count != nil {
				*count++
			}
			return e.AppendJSON(text)
		}),
		addRecords(sum, src.Links(ctx), datatransfer.Link.AppendJSON),
		addRecords(sum, src.Configuration(ctx), datatransfer.Config.AppendJSON),
	)
	c.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return c, err
}

func addRecords[T any](sum io.Writer, seq iter.Seq2[T, error], appendJSON func(T, []byte) ([]byte, error)) error {
	for record, err := range seq {
		if err != nil {
			return err
		}
		text, err := appendJSON(record, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s\n", text)
	}
	return nil
}
