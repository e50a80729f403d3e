package zone_test

import (
	"fmt"
	"time"

	"calbridge/bridge/zone"
)

func Example() {
	name, _ := zone.Resolve("W. Europe Standard Time")
	loc, _ := zone.Load(name)
	// The clocks go from 02:00 to 03:00 in this night.
	skipped := zone.At(loc, 2025, time.March, 30, 2, 30, 0)
	fmt.Println(name, skipped)
	// Output: Europe/Berlin 2025-03-30 03:30:00 +0200 CEST
}

func ExampleWindows() {
	fmt.Println(zone.Windows("Asia/Kolkata"))
	// Output: India Standard Time true
}
