package recommend

// SettingNames returns the names of all settings but the lists of text, as
// "fields.title".
func SettingNames() []string {
	var s Site
	var names []string
	for _, t := range s.settings() {
		names = append(names, t.path)
	}
	return names
}
