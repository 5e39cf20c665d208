/** The example of the deployment guide (§4.2, §4.3), to the letter. */
export const guideExample = `[server]
port = 8080
worker_threads = 8
max_connections = 10000

[tunnel]
endpoint = "corp-bot.example.com:443"
retry_interval = "5s"
health_check = "/api/health"

[logging]
level = "info"
format = "json"
output = ["stdout", "/var/log/gateway/app.log"]

[connection_pool]
max_idle = 50
max_open = 200
idle_timeout = "30m"

[compression]
enabled = true
min_size = 1024
level = 6
`;
