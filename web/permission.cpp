/// Permission: what a call asks of whoever makes it, and which roles have it.
#include "web/permission.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace web {
namespace {

using outbox::Role;

struct Row {
    Permission permission;
    std::string_view word;
    bool viewer, operating, auditor, admin, monitor;
};

constexpr std::array rows{
    //                                    viewer operator auditor admin monitor
    Row{Permission::anyone, "anyone", true, true, true, true, true},
    Row{Permission::known, "known", true, true, true, true, true},
    Row{Permission::watch, "watch", false, true, true, true, true},
    Row{Permission::look, "look", true, true, true, true, false},
    Row{Permission::inspect, "inspect", false, true, true, true, false},
    Row{Permission::audit, "audit", false, false, true, true, false},
    Row{Permission::operate, "operate", false, true, false, true, false},
    Row{Permission::administer, "administer", false, false, false, true, false},
};

const Row& row_of(Permission permission) {
    const auto found = std::ranges::find(rows, permission, &Row::permission);
    assert(found != rows.end());
    return *found;
}

}  // namespace

bool may(Role role, Permission permission) {
    const Row& row = row_of(permission);
    switch (role) {
        case Role::viewer:
            return row.viewer;
        case Role::operating:
            return row.operating;
        case Role::auditor:
            return row.auditor;
        case Role::admin:
            return row.admin;
        case Role::monitor:
            return row.monitor;
    }
    return false;
}

std::string_view to_string(Permission permission) {
    return row_of(permission).word;
}

}  // namespace web
