package zone

import (
	"testing"
	"time"
)

func BenchmarkResolve(b *testing.B) {
	for _, name := range []string{"W. Europe Standard Time", "Europe/Berlin", "UTC+05:30", "tzone://Microsoft/Custom"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Resolve(name)
			}
		})
	}
}

func BenchmarkAt(b *testing.B) {
	for _, year := range []int{2025, 2045} {
		loc, err := Load("Europe/Berlin")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(time.Date(year, 1, 1, 0, 0, 0, 0, loc).Format("2006"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				At(loc, year, time.October, 26, 2, 30, 0)
			}
		})
	}
}

func BenchmarkVTimezone(b *testing.B) {
	for _, name := range []string{"Europe/Berlin", "Africa/Casablanca", "America/Santiago"} {
		b.Run("cached/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := VTimezone(name, 2024, 2030); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("cold/"+name, func(b *testing.B) {
			loc, err := Load(name)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				render(name, observances(loc, 2024, 2030))
			}
		})
	}
}
