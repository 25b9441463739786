/// Load: files, keys, defaults that depend on others, relations, and what this version lacks, in this order.
#include "broker/config/load.h"

#include "broker/config/check.h"
#include "broker/config/document.h"
#include "broker/config/layout.h"
#include "broker/config/loop.h"
#include "broker/config/unavailable.h"

namespace broker::config {

namespace {

/// Defaults that depend on other settings, once those are known.
void fill_in(Config& config, const Reading& reading) {
    for (std::size_t i = 0; i < config.destinations.size(); ++i) {
        Destination& destination = config.destinations[i];
        Path table = "destination[" + std::to_string(i) + "].";
        bool is_satusehat = destination.kind == DestinationKind::satusehat;
        if (destination.kind == DestinationKind::dicom && !reading.has(table + "calling_ae_title"))
            destination.calling_ae_title = config.dicom.ae_title;
        if (is_satusehat && !reading.has(table + "after_study_quiet"))
            destination.after_study_quiet = std::chrono::minutes{15};
        // Without progress, not in all: what uploads over a slow link has many pauses.
        if (is_satusehat && !reading.has(table + "timeout")) destination.timeout = std::chrono::minutes{2};
        if (is_satusehat && !reading.has(table + "on_new_version")) destination.on_new_version = OnNewVersion::replace;
    }
    bool sets_limit = reading.has("dicom.associations_per_address");
    if (!sets_limit && config.dicom.associations_per_address > config.dicom.max_associations)
        config.dicom.associations_per_address = config.dicom.max_associations;
}

/// The rest, once the files are parsed.
void understand(Reading& reading, std::vector<toml::table>& documents, Variables variables, Loaded& loaded) {
    for (toml::table& document : documents) substitute_environment(reading, document, variables);
    Config config;
    for (const toml::table& document : documents) read_table(reading, "", document, config, config_layout());
    fill_in(config, reading);
    check(config, own_addresses(), reading);
    check_available(config, reading);

    loaded.problems = reading.problems();
    loaded.notices = reading.notices();
    if (loaded.problems.empty()) loaded.config = std::move(config);
}

}  // namespace

Loaded load(const std::filesystem::path& path) {
    Reading reading;
    Loaded loaded;
    loaded.files = files_of(reading, std::filesystem::absolute(path));
    std::vector<toml::table> documents;
    // Nodes must stay where they are while they are read: they are recognised by their addresses.
    documents.reserve(loaded.files.size());
    for (const std::filesystem::path& file : loaded.files) documents.push_back(parse_file(reading, file));
    understand(reading, documents, Variables::of_this_process, loaded);
    return loaded;
}

Loaded load_text(std::string_view text, std::string name) {
    Reading reading;
    Loaded loaded;
    std::vector<toml::table> documents;
    documents.push_back(parse_text(reading, text, name));
    loaded.files.emplace_back(std::move(name));
    understand(reading, documents, Variables::none, loaded);
    return loaded;
}

Loaded load_or_default(const std::filesystem::path& path, bool explicitly_given) {
    std::error_code error;
    if (explicitly_given || std::filesystem::exists(path, error)) return load(path);
    Loaded loaded;
    loaded.is_default = true;
    loaded.config.emplace();
    loaded.config->node.data_dir = std::filesystem::absolute("dicom-bridge-data");
    return loaded;
}

}  // namespace broker::config
