package caldav_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain compares the table of what holds with the tests' results, and looks
// for goroutines that outlive the tests.
func TestMain(m *testing.M) {
	code := m.Run()
	client.CloseIdleConnections()
	for _, check := range []func() error{settle, func() error { return goleak.Find() }} {
		if err := check(); code == 0 && err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}
