package graphsync

import (
	"strings"

	"calbridge/bridge"
	"calbridge/graphsync/graph"
)

// places returns all places of an event: location repeats the names of
// locations where there are several.
func places(g *graph.Event) []graph.Location {
	if len(g.Locations) > 0 {
		return g.Locations
	}
	if g.Location != nil {
		return []graph.Location{*g.Location}
	}
	return nil
}

// readPlace reads where on the earth the event is (mapping §5.5).
func readPlace(g *graph.Event, e *bridge.Event) {
	var names []string
	for _, l := range places(g) {
		if name := placeName(&l); name != "" {
			names = append(names, name)
		}
		if e.Geo == nil {
			e.Geo = coordinates(&l)
		}
	}
	e.Location = strings.Join(names, "; ")
	if e.Location == "" && g.Location != nil {
		e.Location = placeName(g.Location)
	}
}

func placeName(l *graph.Location) string {
	if name := strings.TrimSpace(l.DisplayName); name != "" || l.Address == nil {
		return name
	}
	a := l.Address
	var parts []string
	for _, s := range []string{a.Street, strings.TrimSpace(a.PostalCode + " " + a.City), a.State, a.Country} {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// coordinates returns where a place is; 0, 0 stands for nowhere.
func coordinates(l *graph.Location) *bridge.Geo {
	if l.Coordinates == nil || l.Coordinates.Latitude == nil || l.Coordinates.Longitude == nil {
		return nil
	}
	lat, lon := *l.Coordinates.Latitude, *l.Coordinates.Longitude
	if lat == 0 && lon == 0 || lat < -90 || lat > 90 || lon < -180 || lon > 180 {
		return nil
	}
	return &bridge.Geo{Lat: lat, Lon: lon}
}
