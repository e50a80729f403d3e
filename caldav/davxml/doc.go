// Package davxml reads the XML that WebDAV clients send and writes the XML that
// they get.
//
// Reading is bounded: by size, by depth, by the number of elements and by the
// length of a tag; entities and document types are refused. [ReadPropfind],
// [ReadPropertyUpdate] and [ReadReport] decode one request body each into
// plain structs and never look at a Content-Type, which clients leave out or
// get wrong. Their errors are [ErrMalformed] (400), [ErrTooLarge] (413) or a
// [Violation], a precondition of the RFCs that belongs into a 403.
//
// Writing is streaming: a [Multistatus] gathers rows in memory and passes them
// on in big pieces, so that a short answer is one write and a long one needs no
// memory. All text is escaped, and what XML 1.0 cannot carry is left out.
//
// The package knows WebDAV's and CalDAV's element names, and nothing of
// calendars, users or HTTP.
package davxml
