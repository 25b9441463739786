/// Rendering: pictures of instances, as the web server asks for them.
///
/// Any thread. The previews and the spool must outlive it.
#pragma once

#include "broker/preview/previews.h"
#include "web/render.h"

namespace broker {

class Rendering : public web::Render {
public:
    Rendering(preview::Previews& previews, const spool::Spool& spool) : previews_(previews), spool_(spool) {}

    std::variant<web::Rendered, web::NotRendered> render(const outbox::Digest& digest, const web::Rendition& rendition,
                                                         const std::stop_token& stop) override;
    std::optional<std::vector<web::NamedWindow>> windows(const outbox::Digest& digest,
                                                         std::string_view transfer_syntax_uid) const override;

private:
    preview::Previews& previews_;
    const spool::Spool& spool_;
};

}  // namespace broker
