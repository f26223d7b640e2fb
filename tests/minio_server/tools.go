//go:build tools

// Package minio_server pins MinIO, the second S3 server that the object store is tried against.
package minio_server

import _ "github.com/minio/minio"
