// Package strapi runs a real Strapi for tests: projects with a SQLite database of their own,
// their server on a loopback port, and Strapi's command line.
//
// The packages of Strapi are not part of this repository. TRANSFERTOKEN_TEST_STRAPI names a
// folder that has them as node_modules; make one with
//
//	sh install FOLDER
//
// which needs npm, Node 20 or newer, a C++ compiler, make and python3, and takes some minutes
// and 800 MB, of which 100 are clients of other versions. Tests that need Strapi skip when the
// variable is not set.
//
//	app/        the project: content types, components, configuration, and scripts that seed it, serve it and run commands
//	clients/    clients of other versions, and a script that transfers with them
//	install     installs the packages
//	project.go  Project: a copy of app/, and Strapi's commands on it
//	shared.go   Strapi's commands in two processes that all tests share
//	prompt.go   Strapi's commands that ask
//	server.go   Server: a project that serves
//	content.go  Content: what a project holds, for comparing two of them
package strapi
