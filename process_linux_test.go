package main_test

import "syscall"

// dieWithParent has a process killed when the tests are killed, by their time limit say: no cleanup runs
// then.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
