#include "broker/route/person_name.h"

#include <algorithm>

#include "broker/route/glob.h"

namespace broker::route {

namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = text.find(at);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string joined(std::vector<std::string> parts, char with) {
    while (!parts.empty() && parts.back().empty()) parts.pop_back();
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) text += with;
        text += parts[i];
    }
    return text;
}

std::string without_spaces_around(std::string_view component) {
    while (component.starts_with(' ')) component.remove_prefix(1);
    while (component.ends_with('\0') || (component.ends_with(' ') && !component.ends_with("\\ ")))
        component.remove_suffix(1);
    return std::string{component};
}

std::vector<std::string> tidy_groups(std::string_view name) {
    std::vector<std::string> groups = split(name, '=');
    for (std::string& group : groups) {
        std::vector<std::string> components = split(group, '^');
        for (std::string& component : components) component = without_spaces_around(component);
        group = joined(std::move(components), '^');
    }
    return groups;
}

}  // namespace

std::string tidy_name(std::string_view name) {
    return joined(tidy_groups(name), '=');
}

std::vector<std::string> forms_of_name(std::string_view name) {
    const std::vector<std::string> groups = tidy_groups(name);
    std::vector<std::string> forms{std::string{without_padding(name)}, joined(groups, '=')};
    std::copy_if(groups.begin(), groups.end(), std::back_inserter(forms),
                 [](const std::string& group) { return !group.empty(); });
    return forms;
}

}  // namespace broker::route
