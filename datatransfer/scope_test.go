package datatransfer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

func TestParseScope(t *testing.T) {
	t.Parallel()
	type list = []string
	type scope = datatransfer.Scope
	const file, folder = datatransfer.TypeFile, datatransfer.TypeFolder
	for _, test := range []struct {
		name                                   string
		only, exclude, onlyTypes, excludeTypes list
		want                                   scope
	}{
		{"no flags", nil, nil, nil, nil, scope{}},
		{"only content", list{"content"}, nil, nil, nil, scope{NoFiles: true, NoCoreStore: true, NoWebhooks: true}},
		{"only files", list{"files"}, nil, nil, nil, scope{OnlyTypes: list{}, NoCoreStore: true, NoWebhooks: true}},
		{"only config", list{"config"}, nil, nil, nil, scope{OnlyTypes: list{}, NoFiles: true}},
		{"only content and files, in one value", list{" content , files "}, nil, nil, nil,
			scope{NoCoreStore: true, NoWebhooks: true}},
		{"only all", list{"content", "files", "config"}, nil, nil, nil, scope{}},
		{"without content", nil, list{"content"}, nil, nil, scope{OnlyTypes: list{}}},
		{"without files", nil, list{"files"}, nil, nil, scope{NoFiles: true}},
		{"without config", nil, list{"config"}, nil, nil, scope{NoCoreStore: true, NoWebhooks: true}},
		{"without files and config", nil, list{"files,config"}, nil, nil,
			scope{NoFiles: true, NoCoreStore: true, NoWebhooks: true}},
		{"without media library", nil, list{"media-library"}, nil, nil,
			scope{ExcludeTypes: list{file, folder}, NoFiles: true}},
		{"without media library, one type of it named too", nil, list{"media-library"}, nil, list{folder},
			scope{ExcludeTypes: list{folder, file}, NoFiles: true}},
		{"only content without media library", list{"content"}, list{"media-library"}, nil, nil,
			scope{ExcludeTypes: list{file, folder}, NoFiles: true, NoCoreStore: true, NoWebhooks: true}},
		{"only one type of content", list{"content"}, nil, list{"api::a.a"}, nil,
			scope{OnlyTypes: list{"api::a.a"}, NoFiles: true, NoCoreStore: true, NoWebhooks: true}},
		{"only one type: files stay too", nil, nil, list{"api::a.a"}, nil,
			scope{OnlyTypes: list{"api::a.a"}, NoFiles: true}},
		{"only one type, and files by name", list{"content", "files"}, nil, list{"api::a.a"}, nil,
			scope{OnlyTypes: list{"api::a.a"}, NoCoreStore: true, NoWebhooks: true}},
		{"only types of the media library", nil, nil, list{file}, nil, scope{OnlyTypes: list{file}}},
		{"without one type", nil, nil, nil, list{"api::a.a, api::b.b", "api::a.a"},
			scope{ExcludeTypes: list{"api::a.a", "api::b.b"}}},
		{"without one type of the media library", nil, nil, nil, list{file}, scope{ExcludeTypes: list{file}}},
		{"without both types of the media library", nil, nil, nil, list{file, folder},
			scope{ExcludeTypes: list{file, folder}, NoFiles: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := datatransfer.ParseScope(test.only, test.exclude, test.onlyTypes, test.excludeTypes)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseScopeRefuses(t *testing.T) {
	t.Parallel()
	type list = []string
	for _, test := range []struct {
		name                                   string
		only, exclude, onlyTypes, excludeTypes list
		text                                   string
	}{
		{"an empty flag", list{""}, nil, nil, nil, "only is given and names nothing"},
		{"an empty list", nil, nil, list{}, nil, "only-content-types is given and names nothing"},
		{"a list of nothing", nil, list{" , "}, nil, nil, "exclude is given and names nothing"},
		{"types of nothing", nil, nil, nil, list{"", ","}, "exclude-content-types is given and names nothing"},
		{"a word that it does not know", list{"contents"}, nil, nil, nil, `"contents"`},
		{"a word in another case", nil, list{"Files"}, nil, nil, `"Files"`},
		{"only media-library", list{"media-library"}, nil, nil, nil, `"media-library"`},
		{"one word in both", list{"files,content"}, list{"files"}, nil, nil, "files is both wanted and excluded"},
		{"files and no media library", list{"files"}, list{"media-library"}, nil, nil, "media-library is excluded"},
		{"one type in both", nil, nil, list{"api::a.a"}, list{"api::a.a"}, `"api::a.a" is both wanted and excluded`},
		{"types without content", list{"files"}, nil, list{"api::a.a"}, nil, "content is left out"},
		{"types of content that is excluded", nil, list{"content"}, nil, list{"api::a.a"}, "content is left out"},
		{"nothing left", nil, list{"content,files,config"}, nil, nil, "nothing is left"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := datatransfer.ParseScope(test.only, test.exclude, test.onlyTypes, test.excludeTypes)
			require.ErrorIs(t, err, datatransfer.ErrInvalid)
			require.ErrorContains(t, err, test.text)
			require.Zero(t, got)
		})
	}
}
