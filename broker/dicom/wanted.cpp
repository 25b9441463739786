#include "broker/dicom/wanted.h"

#include <algorithm>

#include "broker/dicom/dictionary.h"

namespace broker::dicom {

Wanted::Wanted(std::initializer_list<Tag> tags) : nodes_(1) {
    for (const Tag tag : tags) add(TagPath(tag));
}

Wanted::Wanted(const std::set<TagPath>& paths) : nodes_(1) {
    for (const TagPath& path : paths) add(path);
}

void Wanted::add(const TagPath& path) {
    std::size_t node = 0;
    for (const TagStep& step : path.steps) {
        if (node != 0) nodes_[node].is_sequence = true;
        node = child(node, step);
    }
    if (nodes_[node].path) return;
    nodes_[node].path = paths_.size();
    const TagStep& last = path.steps.back();
    if (const DictionaryEntry* entry = last.creator.empty() ? find_tag(last.tag) : nullptr) {
        nodes_[node].is_known = true;
        nodes_[node].is_bytes = may_be_bytes(*entry);
        if (entry->vr == "SQ") nodes_[node].is_sequence = true;
    }
    paths_.push_back(path);
    const TagStep& first = path.steps.front();
    // A creator's block may be any, up to the last of the group.
    last_ = std::max(last_, first.creator.empty() ? first.tag : Tag{first.tag.group, 0xFFFF});
}

std::size_t Wanted::child(std::size_t node, const TagStep& step) {
    if (!step.creator.empty()) {
        for (const Private& known : nodes_[node].privates)
            if (known.step == step) return known.node;
        nodes_[node].privates.push_back({step, nodes_.size()});
    } else {
        auto& plain = nodes_[node].plain;
        const auto at = std::lower_bound(plain.begin(), plain.end(), std::pair{step.tag, std::size_t{0}});
        if (at != plain.end() && at->first == step.tag) return at->second;
        plain.insert(at, {step.tag, nodes_.size()});
    }
    nodes_.emplace_back();
    return nodes_.size() - 1;
}

const Wanted::Node* Wanted::find(const Node& level, Tag tag) const {
    const auto at = std::lower_bound(level.plain.begin(), level.plain.end(), std::pair{tag, std::size_t{0}});
    return at != level.plain.end() && at->first == tag ? &nodes_[at->second] : nullptr;
}

}  // namespace broker::dicom
