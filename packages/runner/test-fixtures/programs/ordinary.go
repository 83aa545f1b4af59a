// What Go programs ordinarily do to their system; prints "ok" when all of it works.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

func main() {
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() { runtime.LockOSThread(); time.Sleep(time.Millisecond) })
	}
	group.Wait()
	output, err := exec.Command("/bin/echo", "hi").Output()
	require(err == nil && string(output) == "hi\n")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require(err == nil)
	go func() {
		connection, _ := listener.Accept()
		connection.Write([]byte("x"))
		connection.Close()
	}()
	connection, err := net.Dial("tcp", listener.Addr().String())
	require(err == nil)
	bytes, err := io.ReadAll(connection)
	require(err == nil && string(bytes) == "x")
	interfaces, err := net.Interfaces()
	require(err == nil && len(interfaces) == 1)
	require(os.WriteFile("/tmp/go-file", bytes, 0o600) == nil)
	runtime.GC()
	fmt.Println("ok")
}

func require(isTrue bool) {
	if !isTrue {
		panic("not as it should be")
	}
}
