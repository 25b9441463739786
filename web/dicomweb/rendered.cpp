/// Rendered: pictures of instances, frames, series and studies as image/jpeg (PS3.18 10.4, Rendered and Thumbnail
/// Resources).
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

/// The instance of one series that stands for it. `is_viewable` says whether a picture can be expected.
struct Key {
    std::string sop_instance_uid;
    bool is_viewable = false;
};

std::optional<Key> key_of_series(const outbox::Views& views, std::string_view study, std::string_view series) {
    const auto members = views.series_members(study, series);
    const auto key = key_of(members);
    if (!key) return std::nullopt;
    return Key{members[*key].sop_instance_uid, is_viewable(members[*key])};
}

std::optional<Key> key_of_study(const outbox::Views& views, std::string_view study) {
    std::optional<Key> first;
    for (const outbox::SeriesView& each : in_order_of_sight(views.series_of(study))) {
        auto key = key_of_series(views, study, each.series_instance_uid);
        if (key && key->is_viewable) return key;
        if (!first) first = std::move(key);
    }
    return first;
}

/// The newest version of what the path means. Nothing where there is no such instance, or it is of another series.
std::optional<outbox::InstanceView> find(const outbox::Views& views, Subject subject) {
    if (subject.sop_instance_uid.empty()) {
        auto key = subject.series_instance_uid.empty()
                       ? key_of_study(views, subject.study_instance_uid)
                       : key_of_series(views, subject.study_instance_uid, subject.series_instance_uid);
        if (!key) return std::nullopt;
        subject.sop_instance_uid = std::move(key->sop_instance_uid);
    }
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

Response shown(Rendered rendered) {
    Response response;
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
    const auto instance = find(deps.views(), {word("study"), word("series"), word("instance")});
    if (auto refused = refused_unseen(instance)) return std::move(*refused);
    auto made = deps.render->render(instance->facts.digest, *rendition, deps.stop);
    if (const auto* not_rendered = std::get_if<NotRendered>(&made)) return refusal(*not_rendered);
    return shown(std::get<Rendered>(std::move(made)));
}

}  // namespace

Response rendered(const Request& request, const Deps& deps) {
    return answer(request, deps, false);
}

Response thumbnail(const Request& request, const Deps& deps) {
    return answer(request, deps, true);
}

}  // namespace web::dicomweb
