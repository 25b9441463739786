/// Invocation: what the commands of one call share: the common options, the console, and the way to the broker.
#include "broker/cli/invocation.h"

#include "broker/cli/error.h"
#include "broker/cli/socket_api.h"
#include "broker/cli/url_api.h"

namespace broker::cli {

const config::Loaded& Invocation::loaded() {
    if (!loaded_) {
        loaded_ = config::load_or_default(options.config.value_or(config::default_path), options.config.has_value());
    }
    return *loaded_;
}

Api& Invocation::api() {
    if (!api_) {
        if (options.data) {
            api_ = commands.open_stopped(*options.data);
        } else if (options.url) {
            api_ = std::make_unique<UrlApi>(UrlOptions{*options.url, options.token_file, options.ca_file});
        } else {
            api_ = std::make_unique<SocketApi>(data_dir() / "api.sock");
        }
    }
    return *api_;
}

std::filesystem::path Invocation::data_dir() {
    return options.data ? *options.data : config().node.data_dir;
}

const config::Config& Invocation::config() {
    const config::Loaded& found = loaded();
    if (!found.config) {
        const std::string first = found.problems.empty() ? "" : " (" + print(found.problems.front()) + ")";
        throw Error(Errc::usage,
                    "the configuration has problems" + first + "; see dicom-bridge check, or use --data DIR");
    }
    return *found.config;
}

Here Invocation::here() {
    // A broken configuration doesn't keep anybody from asking with --url or --data; then the system's zone has to do.
    const config::Loaded& found = loaded();
    return {commands.now(), found.config ? found.config->node.timezone : std::string()};
}

}  // namespace broker::cli
