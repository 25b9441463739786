/// Layout: every section of the configuration file and every key in it, as the lists that reading and printing share.
///
/// Internal to this folder.
#pragma once

#include "broker/config/field.h"

namespace broker::config {

/// The top of the file; printing a field of it gives a whole block of lines.
const Layout<Config>& config_layout();

/// The settings of each section.
Fields<Node> node_fields();
Fields<Dicom> dicom_fields();
Fields<Sender> sender_fields();
Fields<Http> http_fields();
Fields<Spool> spool_fields();
Fields<Retention> retention_fields();
Fields<Preview> preview_fields();
Fields<Delivery> delivery_fields();
Fields<Janitor> janitor_fields();
Fields<Worker> worker_fields();
Fields<Uplink> uplink_fields();
Fields<Alarm> alarm_fields();
Fields<Notify> notify_fields();
Fields<Heartbeat> heartbeat_fields();

/// The settings of a [[destination]] of one kind.
const Layout<Destination>& destination_layout(DestinationKind kind);
Form<DestinationKind> destination_kind();

/// The settings of a [[route]]; conditions are read and printed by condition_form.h.
const Layout<route::Route>& route_layout();

}  // namespace broker::config
