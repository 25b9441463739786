/// Rendering: pictures of instances, as the web server asks for them.
///
/// Any thread. The previews must outlive it.
#pragma once

#include "broker/preview/previews.h"
#include "web/render.h"

namespace broker {

class Rendering : public web::Render {
public:
    explicit Rendering(preview::Previews& previews) : previews_(previews) {}

    std::variant<web::Rendered, web::NotRendered> render(const outbox::Digest& digest, const web::Rendition& rendition,
                                                         const std::stop_token& stop) override;

private:
    preview::Previews& previews_;
};

}  // namespace broker
