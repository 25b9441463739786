/// Rendered: pictures of instances, frames, series and studies as image/jpeg (PS3.18 10.4, Rendered and Thumbnail
/// Resources).
#include <algorithm>
#include <iterator>
#include <vector>

#include "web/dicomweb/key_instance.h"
#include "web/dicomweb/rendition.h"
#include "web/dicomweb/routes.h"
#include "web/problem.h"

namespace web::dicomweb {
namespace {

/// Whose newest version is looked for, as the path says it; "" is not asked for.
struct Subject {
    std::string study_instance_uid, series_instance_uid, sop_instance_uid;
};

std::string_view member_of(const Request& request, std::string_view name) {
    for (const auto& [bound, value] : request.bound)
        if (bound == name) return value;
    return {};
}

/// The instances that may stand for one series, the best first. `is_viewable` says whether pictures can be expected.
struct Keys {
    std::vector<std::string> sop_instance_uids;
    bool is_viewable = false;
};

Keys keys_of_series(const outbox::Views& views, std::string_view study, std::string_view series) {
    const auto members = views.series_members(study, series);
    Keys keys;
    for (const std::size_t each : keys_of(members)) {
        keys.sop_instance_uids.push_back(members[each].sop_instance_uid);
        keys.is_viewable = is_viewable(members[each]);
    }
    return keys;
}

/// Those of its first viewable series, and the best of the next ones; else of its first series.
Keys keys_of_study(const outbox::Views& views, std::string_view study) {
    Keys all, first;
    std::size_t others = 0;
    for (const outbox::SeriesView& each : in_order_of_sight(views.series_of(study))) {
        // Each of them may have thousands of instances.
        if (all.is_viewable && ++others > keys_max) break;
        Keys keys = keys_of_series(views, study, each.series_instance_uid);
        if (first.sop_instance_uids.empty()) first = keys;
        if (!keys.is_viewable) continue;
        // A broken image stands for no study that has a whole one.
        if (all.is_viewable) keys.sop_instance_uids.resize(1);
        all.is_viewable = true;
        std::ranges::move(keys.sop_instance_uids, std::back_inserter(all.sop_instance_uids));
        if (all.sop_instance_uids.size() > keys_max) break;
    }
    return all.is_viewable ? all : first;
}

/// The instances whose picture the path means: one, or those that may stand for it.
std::vector<std::string> named_by(const outbox::Views& views, const Subject& subject) {
    if (!subject.sop_instance_uid.empty()) return {subject.sop_instance_uid};
    return (subject.series_instance_uid.empty()
                ? keys_of_study(views, subject.study_instance_uid)
                : keys_of_series(views, subject.study_instance_uid, subject.series_instance_uid))
        .sop_instance_uids;
}

/// The newest version of an instance. Nothing where there is none, or it is of another study or series.
std::optional<outbox::InstanceView> find(const outbox::Views& views, const Subject& subject) {
    auto versions = views.instance(subject.sop_instance_uid);
    if (versions.empty()) return std::nullopt;
    outbox::InstanceView& newest = versions.front();
    if (newest.facts.study_instance_uid != subject.study_instance_uid) return std::nullopt;
    const std::string& series = newest.facts.series_instance_uid;
    if (!subject.series_instance_uid.empty() && series != subject.series_instance_uid) return std::nullopt;
    return std::move(newest);
}

Response is_gone() {
    return problem(410, "its bytes were purged after they were delivered; ask a destination for it",
                   {{"state", "purged"}});
}

Response is_damaged() {
    return problem(409, "its bytes are missing or damaged; have it sent again (see spool verify)",
                   {{"state", "damaged"}});
}

/// What the renderer says is a sentence already; `usual` is for where it says nothing.
Response refusal(unsigned status, const std::string& text, std::string_view usual, const char* reason) {
    return problem(status, text.empty() ? usual : text, {{"reason", reason}});
}

Response refusal(const NotRendered& none) {
    switch (none.why) {
        case NotRendered::Why::no_pixels:
            return refusal(406, none.text, "it has no pixels to show", "no_pixels");
        case NotRendered::Why::no_such_frame:
            return refusal(404, none.text, "it has no such frame", "no_such_frame");
        case NotRendered::Why::no_such_region:
            return problem(400, none.text.empty() ? "the viewport's region lies outside of the frame" : none.text,
                           {{"parameter", "viewport"}, {"reason", "no_such_region"}});
        case NotRendered::Why::broken:
            return refusal(422, none.text, "no picture can be made of it", "broken");
        case NotRendered::Why::gone:
            return is_gone();
        case NotRendered::Why::damaged:
            return is_damaged();
        case NotRendered::Why::off:
            return refusal(404, "", "previews are off: [preview] enabled = false", "off");
        case NotRendered::Why::busy:
            break;
    }
    Response busy = refusal(503, none.text, "the picture is not ready yet; ask again", "busy");
    busy.headers.emplace_back("Retry-After", "2");
    return busy;
}

/// So many peers may read so slowly that there is no room for another picture.
Response shown(Rendered rendered, Room* room) {
    Response response;
    if (room != nullptr && (response.held = room->take(rendered.jpeg.size())) == nullptr)
        return refusal({NotRendered::Why::busy, "too many pictures wait to be read by those who asked for them"});
    response.content_type = "image/jpeg";
    response.headers.emplace_back("Dicom-Bridge-Frame", std::to_string(rendered.frame));
    response.headers.emplace_back("Dicom-Bridge-Frames", std::to_string(rendered.frame_count));
    if (rendered.window) response.headers.emplace_back("Dicom-Bridge-Window", text_of(*rendered.window));
    response.body = std::move(rendered.jpeg);
    return response;
}

Parsed<Rendition> asked_for(const Request& request, bool is_thumbnail) {
    auto rendition = parse_rendition(request.target.query, is_thumbnail);
    const auto word = member_of(request, "frame");
    if (!rendition || word.empty()) return rendition;
    const auto frame = parse_frame(word);
    if (!frame) return frame.fault();
    (*rendition).frame = *frame;
    return rendition;
}

/// What can be said of an instance without its bytes; nothing: it must be looked at.
std::optional<Response> refused_unseen(const std::optional<outbox::InstanceView>& instance) {
    if (!instance)
        return problem(404, "nothing was received under this path; study and series must be those of the instance");
    if (instance->blob_state == "purging" || instance->blob_state == "purged") return is_gone();
    if (instance->blob_state == "damaged") return is_damaged();
    return std::nullopt;
}

Response answer(const Request& request, const Deps& deps, bool is_thumbnail) {
    const auto rendition = asked_for(request, is_thumbnail);
    if (!rendition) return bad_request(rendition.fault());
    if (!wants_jpeg(request.target.query, request.header("accept")))
        return problem(406, "a picture is given as image/jpeg only", {{"reason", "accept"}});
    if (deps.render == nullptr)
        return problem(409, "the broker is stopped: it makes no pictures; start it and ask again",
                       {{"state", "stopped"}});
    const auto word = [&](std::string_view name) { return std::string(member_of(request, name)); };
    Subject subject{word("study"), word("series"), word("instance")};
    std::optional<Response> refused;
    for (std::string& uid : named_by(deps.views(), subject)) {
        subject.sop_instance_uid = std::move(uid);
        const auto instance = find(deps.views(), subject);
        auto unseen = refused_unseen(instance);
        if (!unseen) {
            auto made = deps.render->render(instance->facts.digest, *rendition, deps.stop);
            if (auto* rendered = std::get_if<Rendered>(&made)) return shown(std::move(*rendered), deps.room);
            const NotRendered& none = std::get<NotRendered>(made);
            const bool may_another_be = none.why == NotRendered::Why::broken ||
                                        none.why == NotRendered::Why::no_pixels ||
                                        none.why == NotRendered::Why::damaged || none.why == NotRendered::Why::gone;
            unseen = refusal(none);
            if (!may_another_be) return std::move(*unseen);
        }
        // What is said of the best of them is what is said.
        if (!refused) refused = std::move(unseen);
    }
    return refused ? std::move(*refused) : *refused_unseen(std::nullopt);
}

}  // namespace

Response rendered(const Request& request, const Deps& deps) {
    return answer(request, deps, false);
}

Response thumbnail(const Request& request, const Deps& deps) {
    return answer(request, deps, true);
}

}  // namespace web::dicomweb
