// Package portal is what a person sees of calbridge in a browser: one page that
// says whether everything is well, and if not, what to do.
//
// The page is rendered here, works without scripts, on a telephone, in the dark
// and read aloud. It opens with an app password, as CalDAV does, or with the
// page password. Beside it are /healthz (the process is alive) and /readyz
// (readers get what they ask for), for machines, with a plain sentence each.
//
// What is shown comes from a [Source]; the package knows no store and no
// Microsoft.
package portal
