// Package adminpage holds the tests of the admin page in a real Chromium and a
// real Firefox. The environment variables of package browser apply.
//
// From the folder above, this makes the images of the README anew:
//
//	TRANSFERTOKEN_TEST_CHROMIUM=chromium TRANSFERTOKEN_README_IMAGES=../../../docs/images \
//		go test -count=1 -run TestReadmeImages ./adminpage
package adminpage
