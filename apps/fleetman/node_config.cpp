#include "node_config.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace fleetman::app {

namespace {

// A text of JSON is one of YAML, whatever is in it.
std::string quoted(const std::string& text)
{
    return boost::json::serialize(boost::json::value(text));
}

} // namespace

std::string node_config(const model::node_id& node, const config::bucket_connection& connection)
{
    std::string text = "# Fleetman's agent on " + node.str() +
                       ". Every setting: examples/agent_config.example.yaml\n"
                       "\n"
                       "global:\n"
                       "  node_id: " +
                       quoted(node.str()) +
                       "\n"
                       "  check_interval_ms: 30000        # how often the bucket is asked for something new\n"
                       "  base_dir: /opt/fleetman         # backups and the agent's own state\n"
                       "\n"
                       "object_storage:\n"
                       "  endpoint: " +
                       quoted(connection.endpoint) +
                       "\n"
                       "  access_key: " +
                       quoted(connection.access_key) +
                       " # opens what this node needs, and no more\n"
                       "  secret_key: " +
                       quoted(connection.secret_key.reveal()) +
                       "\n"
                       "  bucket: " +
                       quoted(connection.bucket) +
                       "\n"
                       "  path_style: " +
                       (connection.path_style ? "true" : "false") +
                       "\n"
                       "  prefix: " +
                       quoted(connection.prefix.str()) +
                       "\n"
                       "  region: " +
                       quoted(connection.region) + "\n";
    if (connection.ca_file)
        text += "  ca_file: " + quoted(*connection.ca_file) + " # that file has to be on the node\n";
    return text + "\n"
                  "# What may be deployed here: remove a section, and cells of that profile are refused.\n"
                  "\n"
                  "systemd:\n"
                  "  working_directory: /opt/services # each service has a folder in it\n"
                  "\n"
                  "deploy:\n"
                  "  target_folder: /opt/deployed\n"
                  "\n"
                  "# supervisor:\n"
                  "#   service_folder: /opt/services\n";
}

} // namespace fleetman::app
