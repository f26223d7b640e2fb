//go:build tools

// Package s3_server pins the S3 server that the object store is tried against, and what it is made of.
package s3_server

import _ "github.com/versity/versitygw/cmd/versitygw"
