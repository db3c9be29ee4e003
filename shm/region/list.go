package region

import "sort"

// List describes the regions of the folder, by name. Regions that are damaged,
// of another layout or of another user appear with Err set; files that are no
// regions, or cannot be read at all, do not appear. With Options.Kind only
// regions of that kind are listed.
func List(o *Options) ([]Info, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, pathError("list regions", opts.Dir, err)
	}
	d, err := opts.folder()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Names()
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	any := opts
	any.AnyOwner = true
	var infos []Info
	for _, name := range names {
		if checkName(name) != nil {
			continue
		}
		info, err := look(d, name, &any)
		if err != nil || opts.Kind != "" && info.Kind != opts.Kind {
			continue
		}
		if info.Err == nil {
			info.Err = checkOwner(info.UID, &opts)
		}
		infos = append(infos, info)
	}
	return infos, nil
}
