package main

import (
	"fmt"
	"hash/crc32"
)

// secret is that of a token by its number, with the checksum that secrets have.
func secret(number int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var room [54]byte
	text := append(room[:0], "xfer_0000000000000000000000000000000000000000000"...)
	for i := len(text) - 1; number > 0; i-- {
		text[i] = alphabet[number%10]
		number /= 10
	}
	sum := crc32.ChecksumIEEE(text)
	text = text[:len(room)]
	for i := len(text) - 1; i >= len(text)-6; i-- {
		text[i] = alphabet[sum%62]
		sum /= 62
	}
	return string(text)
}

// name is that of a token by its number.
func name(number int) string { return fmt.Sprintf("token number %d", number) }
