//go:build !linux

package main_test

import "syscall"

// dieWithParent would have a process killed with the tests; only Linux knows how.
func dieWithParent() *syscall.SysProcAttr { return nil }
