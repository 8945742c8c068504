package main

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

// copyBuffer is as large as the parts in which a transfer reads files.
const copyBuffer = 256 << 10

// plain hides the methods with which io.Copy would leave the copy to the kernel: a transfer has to see the bytes.
type plain struct{ io.Reader }

type plainWriter struct{ io.Writer }

// receiveFiles takes the files of one connection. Like a transfer, it syncs each of them.
func receiveFiles(folder string, listening func(address string)) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	failed := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			err = receiveFrom(conn, folder)
			conn.Close()
		}
		failed <- err
	}()
	listening(listener.Addr().String())
	return <-failed
}

func receiveFrom(conn net.Conn, folder string) error {
	buffer := make([]byte, copyBuffer)
	for n := 0; ; n++ {
		var size int64
		if err := binary.Read(conn, binary.BigEndian, &size); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		file, err := os.Create(filepath.Join(folder, fileName(n)))
		if err != nil {
			return err
		}
		_, err = io.CopyBuffer(plainWriter{file}, plain{io.LimitReader(conn, size)}, buffer)
		if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
			return err
		}
		if _, err := conn.Write([]byte{1}); err != nil { // it was taken
			return err
		}
	}
}

// sendFiles sends the files of a folder, and returns how many MB it sent a second.
func sendFiles(folder, address string) (float64, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, err
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	buffer, taken := make([]byte, copyBuffer), make([]byte, 1)
	var sent int64
	began := time.Now()
	for _, entry := range entries {
		file, err := os.Open(filepath.Join(folder, entry.Name()))
		if err != nil {
			return 0, err
		}
		info, err := file.Stat()
		if err == nil {
			err = binary.Write(conn, binary.BigEndian, info.Size())
		}
		if err == nil {
			_, err = io.CopyBuffer(plainWriter{conn}, plain{file}, buffer)
			sent += info.Size()
		}
		file.Close()
		if err == nil {
			_, err = io.ReadFull(conn, taken)
		}
		if err != nil {
			return 0, err
		}
	}
	return float64(sent) / 1e6 / time.Since(began).Seconds(), nil
}
