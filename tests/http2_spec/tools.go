//go:build tools

// Package http2_spec pins the program that test_http2_spec.py runs, and what it is made of.
package http2_spec

import _ "github.com/summerwind/h2spec/cmd/h2spec"
