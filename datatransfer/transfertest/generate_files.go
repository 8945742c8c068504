package transfertest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// addFiles adds entities of datatransfer.TypeFile, each with its file: a picture with a
// thumbnail, bytes of every value, and an empty file. The names are the same with every n,
// the bytes are not.
func (g *generator) addFiles(t contentType) {
	if _, ok := t.attributes["formats"]; ok {
		g.addPicture(t)
	}
	everyByte := []byte("\xEF\xBB\xBF\r\n")
	for b := range 256 {
		everyByte = append(everyByte, byte(b))
	}
	g.addFile(t, "bytes_0ddba11", append(everyByte, byte(g.n)), nil)
	g.addFile(t, "empty_c0ffee.txt", nil, nil)
}

// addPicture adds a file that has another format.
func (g *generator) addPicture(t contentType) {
	content, thumbnail := randomBytes(g.n, 3000+g.n), randomBytes(100+g.n, 500+g.n)
	const hash, ext, thumbnailHash = "picture_5ca1ab1e", ".png", "thumbnail_picture_5ca1ab1e"
	format := map[string]any{
		"name": "thumbnail.png", "hash": thumbnailHash, "ext": ext, "mime": "image/png", "path": nil,
		"width": 100, "height": 50, "size": kilobytes(len(thumbnail)), "sizeInBytes": len(thumbnail),
		"url": "/uploads/" + thumbnailHash + ext,
	}
	ref := g.addFile(t, hash+ext, content, map[string]any{"thumbnail": format})
	format["type"], format["id"], format["mainHash"] = "thumbnail", json.RawMessage(ref), hash
	g.data.Files = append(g.data.Files, File{Name: thumbnailHash + ext, Metadata: encode(format), Content: thumbnail})
}

// addFile adds an entity with its file and returns the entity's ID. The metadata of a file
// is its entity's data and ID.
func (g *generator) addFile(t contentType, name string, content []byte, formats map[string]any) datatransfer.Ref {
	ref := g.newRef(t.uid)
	data := g.values(t.attributes, ref)
	g.describeDocument(t, data, len(g.entities[t.uid]))
	ext := path.Ext(name)
	for member, value := range map[string]any{
		"name":              fmt.Sprintf("%d %s", g.n, name),
		"hash":              strings.TrimSuffix(name, ext),
		"ext":               ext,
		"mime":              "application/octet-stream",
		"size":              kilobytes(len(content)),
		"url":               "/uploads/" + name,
		"previewUrl":        nil,
		"provider":          "local",
		"provider_metadata": nil,
		"folderPath":        "/",
		"formats":           formats,
		"locale":            nil,
	} {
		if _, ok := t.attributes[member]; ok {
			data[member] = value
		}
	}
	g.data.Entities = append(g.data.Entities, datatransfer.Entity{Type: t.uid, ID: ref, Data: encode(data)})
	data["id"] = json.RawMessage(ref)
	g.data.Files = append(g.data.Files, File{Name: name, Metadata: encode(data), Content: content})
	return ref
}

// kilobytes is a size in the unit that Strapi keeps.
func kilobytes(size int) json.Number {
	return json.Number(fmt.Sprintf("%d.%02d", size/1000, size%1000/10))
}

func randomBytes(seed, size int) []byte {
	var key [32]byte
	copy(key[:], fmt.Sprint(seed))
	content := make([]byte, size)
	_, _ = rand.NewChaCha8(key).Read(content) // it never fails
	return content
}
