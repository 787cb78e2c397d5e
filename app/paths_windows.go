package app

import "io/fs"

// ownedByUser trusts the folder: profile and temporary folders of Windows are
// closed to other users.
func ownedByUser(fs.FileInfo) bool { return true }
