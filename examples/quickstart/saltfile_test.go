package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/stretchr/testify/require"
)

func TestCreatedSaltIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "salt")
	salt := transfertoken.GenerateSalt()
	require.NoError(t, createSalt(path, salt))
	read, err := readSalt(path)
	require.NoError(t, err)
	require.Equal(t, string(salt), string(read))

	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
}

func TestCreateSaltReplacesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "salt")
	require.NoError(t, os.WriteFile(path, []byte("there before"), 0o600))
	require.ErrorIs(t, createSalt(path, transfertoken.GenerateSalt()), os.ErrExist)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "there before", string(content))
}

func TestReadSaltKeepsAllButTheLineEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "salt")
	require.NoError(t, os.WriteFile(path, []byte(" from a Windows editor \r\n"), 0o600))
	salt, err := readSalt(path)
	require.NoError(t, err)
	require.Equal(t, " from a Windows editor ", string(salt))
}

func TestSaltFilesThatStopTheProgram(t *testing.T) {
	good := string(transfertoken.GenerateSalt())
	for name, test := range map[string]struct {
		content string
		mode    os.FileMode
		problem string
	}{
		"readable by the group": {good, 0o640,
			" is open to others (mode 0640): chmod 600 it, and replace the salt if they may have read it"},
		"readable by others": {good, 0o604,
			" is open to others (mode 0604): chmod 600 it, and replace the salt if they may have read it"},
		"writable by others": {good, 0o602,
			" is open to others (mode 0602): chmod 600 it, and replace the salt if they may have read it"},
		"empty": {"\n", 0o600, " is empty: put the salt into it, or delete it to get a new one"},
		"weak": {"hunter2\n", 0o600,
			": transfertoken: weak salt: it is shorter than 16 bytes (leave it empty to turn transfer tokens off)"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && test.mode != 0o600 {
				t.Skip("Windows has no such modes")
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "salt")
			require.NoError(t, os.WriteFile(path, []byte(test.content), 0o600))
			require.NoError(t, os.Chmod(path, test.mode))

			out, err := tellIn(t, t.Context(), dir, "")
			require.EqualError(t, err, path+test.problem)
			require.NotContains(t, out+err.Error(), good)
			require.NotContains(t, out+err.Error(), "hunter2")
			require.NotContains(t, out, "2. ")
			require.NoFileExists(t, filepath.Join(dir, "tokens.db"))

			out, err = tellIn(t, t.Context(), dir, good)
			require.NoError(t, err, "the environment comes first")
			require.Contains(t, out, "Found one in TRANSFER_TOKEN_SALT.")
		})
	}
}

func TestSaltFileIsAFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "salt"), 0o700))
	_, err := tellIn(t, t.Context(), dir, "")
	require.ErrorContains(t, err, "is a directory")
}
