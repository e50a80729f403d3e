package davxml

import (
	"fmt"
	"io"
	"slices"
)

// Mode is how the properties of a request are named.
type Mode int

// The ways to ask for properties (RFC 4918 §14.20). Reports may name none.
const (
	NoProps Mode = iota
	Props
	AllProp
	PropName
)

// Wanted is what a request wants to know of each resource.
type Wanted struct {
	Mode  Mode
	Names []Name // of Props each once; of AllProp those to include beside
	Data  *CalendarData
}

// ReadPropfind reads the body of a PROPFIND. An empty one asks for all
// properties (RFC 4918 §9.1).
func ReadPropfind(body io.Reader) (Wanted, error) {
	root, err := read(body, usual)
	switch {
	case err != nil:
		return Wanted{}, err
	case root == nil:
		return Wanted{Mode: AllProp}, nil
	case root.Name != DAV("propfind"):
		return Wanted{}, unexpected(root)
	}
	wanted, err := wantedOf(root)
	if err == nil && wanted.Mode == NoProps {
		err = fmt.Errorf("%w: a propfind that asks for nothing", ErrMalformed)
	}
	return wanted, err
}

// usual grants every root the usual size.
func usual(Name) int { return MaxBody }

func unexpected(e *Element) error {
	return fmt.Errorf("%w: <%.40s> is not what was expected here", ErrMalformed, e.Name.Local)
}

// wantedOf reads what a propfind or a report asks of each resource. It asks in
// one way (RFC 4918 §14.20).
func wantedOf(parent *Element) (w Wanted, err error) {
	for _, e := range parent.Children {
		switch e.Name {
		case DAV("prop"):
			if err = w.in(Props); err == nil {
				err = w.props(e)
			}
		case DAV("allprop"):
			err = w.in(AllProp)
		case DAV("propname"):
			err = w.in(PropName)
		case DAV("include"): // RFC 4918 §14.8
			err = w.props(e)
		}
		if err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w *Wanted) in(m Mode) error {
	if w.Mode != NoProps && w.Mode != m {
		return fmt.Errorf("%w: properties asked for in two ways", ErrMalformed)
	}
	w.Mode = m
	return nil
}

func (w *Wanted) props(parent *Element) (err error) {
	for _, e := range parent.Children {
		if !slices.Contains(w.Names, e.Name) {
			w.Names = append(w.Names, e.Name)
		}
		if e.Name == calendarData {
			if w.Data, err = calendarDataOf(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// Patch is one instruction of a PROPPATCH.
type Patch struct {
	Remove bool
	Prop   *Element
}

// ReadPropertyUpdate reads the body of a PROPPATCH (RFC 4918 §9.2), whose
// instructions are to be carried out in this order and all or none.
func ReadPropertyUpdate(body io.Reader) (patches []Patch, err error) {
	root, err := read(body, usual)
	switch {
	case err != nil:
		return nil, err
	case root == nil:
		return nil, fmt.Errorf("%w: it is empty", ErrMalformed)
	case root.Name != DAV("propertyupdate"):
		return nil, unexpected(root)
	}
	for _, instruction := range root.Children {
		remove := instruction.Name == DAV("remove")
		if !remove && instruction.Name != DAV("set") {
			continue
		}
		if p := instruction.Child(DAV("prop")); p != nil {
			for _, e := range p.Children {
				patches = append(patches, Patch{Remove: remove, Prop: e})
			}
		}
	}
	if len(patches) == 0 {
		return nil, fmt.Errorf("%w: a propertyupdate without a property", ErrMalformed)
	}
	return patches, nil
}
