package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"

	"github.com/coder/websocket"
)

// A messageReader reads messages. A new buffer is about as large as the message before: several
// messages of a transfer are of one size, and a buffer that grew would be copied again and again.
type messageReader struct{ size int }

// Smaller buffers are not worth a thought, and larger ones are not made before the bytes are there.
const (
	leastBuffer = 4 << 10
	mostBuffer  = 4 << 20
)

// isIncomplete reports whether text is the beginning of a message. Package websocket takes a connection that
// ends in the middle of a message for the end of that message.
func isIncomplete(text []byte) bool {
	err := json.NewDecoder(bytes.NewReader(text)).Decode(new(json.RawMessage))
	return err == io.EOF || err == io.ErrUnexpectedEOF
}

// read returns the next message, in buffer if it fits.
func (m *messageReader) read(ctx context.Context, conn *websocket.Conn, buffer []byte) ([]byte, error) {
	_, reader, err := conn.Reader(ctx)
	if err != nil {
		return nil, err
	}
	text := buffer[:0]
	if cap(buffer) < leastBuffer {
		text = make([]byte, 0, min(max(m.size+m.size/8, leastBuffer), mostBuffer))
	}
	for {
		n, err := reader.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if err == io.EOF {
			m.size = len(text)
			return text, nil
		}
		if err != nil {
			return nil, err
		}
		if len(text) == cap(text) {
			text = slices.Grow(text, len(text))
		}
	}
}
