# ruff: noqa: E501
"""Who gets what from which route. A route or method that is not here fails the test: write down who may.

Columns: anonymous, charlie (an agent of another account), bob (agent, member of the inboxes), alice (administrator)
and the platform's operator, who is in no account. Values are those of bob's and alice's account; the body is
empty. A method that is not listed has to be refused to everybody.
"""

# In the tests nothing but the web process runs, so /health is 503.
TABLE = r"""
# Doors of the house
GET   302 302 302 302 302  /
GET   302 302 302 302 302  /app
GET   302 302 302 302 200  /app/
POST  302 404 404 404 404  /app/active_account
PUT   302 404 404 404 404  /app/active_account
GET   200 302 302 302 302  /app/login
POST  200 302 302 302 302  /app/login
GET   302 200 200 200 200  /app/logout
POST  302 302 302 302 302  /app/logout
GET   302 200 200 200 200  /app/password
POST  302 200 200 200 200  /app/password
GET   200 302 302 302 302  /app/signup
POST  200 302 302 302 302  /app/signup
GET   302 302 302 302 302  /favicon.ico
GET   503 503 503 503 503  /health
GET   200 200 200 200 200  /health/live
GET   302 302 302 302 302  /super_admin/
# Sign-in, by django-allauth
GET   302 200 200 200 200  /accounts/2fa/
GET   302 302 302 302 302  /accounts/2fa/authenticate/
POST  302 302 302 302 302  /accounts/2fa/authenticate/
GET   302 302 302 302 302  /accounts/2fa/reauthenticate/
POST  302 302 302 302 302  /accounts/2fa/reauthenticate/
GET   302 404 404 404 404  /accounts/2fa/recovery-codes/
GET   302 404 404 404 404  /accounts/2fa/recovery-codes/download/
POST  302 404 404 404 404  /accounts/2fa/recovery-codes/download/
GET   302 302 302 302 302  /accounts/2fa/recovery-codes/generate/
POST  302 302 302 302 302  /accounts/2fa/recovery-codes/generate/
GET   302 302 302 302 302  /accounts/2fa/totp/activate/
POST  302 302 302 302 302  /accounts/2fa/totp/activate/
GET   302 404 404 404 404  /accounts/2fa/totp/deactivate/
POST  302 404 404 404 404  /accounts/2fa/totp/deactivate/
GET   200 200 200 200 200  /accounts/confirm-email/<key>/
POST  404 404 404 404 404  /accounts/confirm-email/<key>/
GET   200 200 200 200 200  /accounts/password/reset/key/<uidb36>-<key>/
POST  200 200 200 200 200  /accounts/password/reset/key/<uidb36>-<key>/
GET   200 200 200 200 200  /accounts/confirm-email/
GET   302 200 200 200 200  /accounts/email/
POST  302 302 302 302 302  /accounts/email/
GET   200 200 200 200 200  /accounts/inactive/
GET   200 302 302 302 302  /accounts/login/
POST  200 302 302 302 302  /accounts/login/
GET   302 302 302 302 302  /accounts/login/code/confirm/
POST  302 302 302 302 302  /accounts/login/code/confirm/
GET   302 200 200 200 200  /accounts/logout/
POST  302 302 302 302 302  /accounts/logout/
GET   302 200 200 200 200  /accounts/password/change/
POST  302 200 200 200 200  /accounts/password/change/
GET   200 200 200 200 200  /accounts/password/reset/
POST  200 200 200 200 200  /accounts/password/reset/
GET   200 200 200 200 200  /accounts/password/reset/done/
GET   200 200 200 200 200  /accounts/password/reset/key/done/
GET   302 302 302 302 302  /accounts/password/set/
POST  302 302 302 302 302  /accounts/password/set/
GET   302 200 200 200 200  /accounts/reauthenticate/
POST  302 200 200 200 200  /accounts/reauthenticate/
GET   200 302 302 302 302  /accounts/signup/
POST  200 302 302 302 302  /accounts/signup/
# Dashboard
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/assignee
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/assignee
POST  302 404 422 422 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/draft
POST  302 404 404 404 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/field
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/labels
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/labels
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/messages
POST  302 404 422 422 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/messages
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/messages/<id:message_id>/delete
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/messages/<id:message_id>/retry
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/muted
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/muted
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/notes
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/notes/<id:note_id>/delete
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/priority
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/priority
POST  302 404 204 204 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/seen
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/status
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/status
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/team
POST  302 404 302 302 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/team
GET   302 404 200 200 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/uploads
POST  302 404 422 422 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/uploads
DELETE 302 404 404 404 404  /app/accounts/<id:account_id>/conversations/<id:display_id>/uploads/<id:upload_id>
POST  302 404 422 422 404  /app/accounts/<id:account_id>/availability
GET   302 404 200 200 404  /app/accounts/<id:account_id>/badges
GET   302 404 200 200 404  /app/accounts/<id:account_id>/canned
GET   302 404 200 200 404  /app/accounts/<id:account_id>/choices
GET   302 404 200 200 404  /app/accounts/<id:account_id>/counts
GET   302 404 200 200 404  /app/accounts/<id:account_id>/dashboard
GET   302 404 200 200 404  /app/accounts/<id:account_id>/files/<id:attachment_id>/<str:variant>/<str:name>
GET   302 404 200 200 404  /app/accounts/<id:account_id>/inbox/<id:inbox_id>
GET   302 404 200 200 404  /app/accounts/<id:account_id>/inbox/<id:inbox_id>/conversations/<id:display_id>
GET   302 404 200 200 404  /app/accounts/<id:account_id>/inbox/<id:inbox_id>/counts
GET   302 404 200 200 404  /app/accounts/<id:account_id>/label/<str:label>
GET   302 404 200 200 404  /app/accounts/<id:account_id>/label/<str:label>/conversations/<id:display_id>
GET   302 404 200 200 404  /app/accounts/<id:account_id>/label/<str:label>/counts
GET   302 404 200 200 404  /app/accounts/<id:account_id>/scopes
GET   302 404 200 200 404  /app/accounts/<id:account_id>/team/<id:team_id>
GET   302 404 200 200 404  /app/accounts/<id:account_id>/team/<id:team_id>/conversations/<id:display_id>
GET   302 404 200 200 404  /app/accounts/<id:account_id>/team/<id:team_id>/counts
# API, by token
GET   401 401 200 200 401  /api/v1/accounts/<id:account_id>/conversations
GET   401 401 200 200 401  /api/v1/accounts/<id:account_id>/conversations/<id:display_id>
POST  401 401 422 422 401  /api/v1/accounts/<id:account_id>/conversations/<id:display_id>/assignments
GET   401 401 200 200 401  /api/v1/accounts/<id:account_id>/conversations/<id:display_id>/messages
POST  401 401 422 422 401  /api/v1/accounts/<id:account_id>/conversations/<id:display_id>/messages
POST  401 401 200 200 401  /api/v1/accounts/<id:account_id>/conversations/<id:display_id>/toggle_status
POST  401 401 200 200 401  /api/v1/accounts/<id:account_id>/conversations/<id:display_id>/update_last_seen
GET   401 401 200 200 401  /api/v1/accounts/<id:account_id>/conversations/meta
# Reports, by token
GET   401 401 200 200 401  /api/v1/accounts/<id:account_id>/conversations/<id:display_id>/reporting_events
GET   401 401 403 200 401  /api/v1/accounts/<id:account_id>/reporting_events
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/live_reports/conversation_metrics
GET   401 401 403 422 401  /api/v2/accounts/<id:account_id>/live_reports/grouped_conversation_metrics
GET   401 401 403 422 401  /api/v2/accounts/<id:account_id>/reports
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/reports/agents
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/reports/bot_metrics
GET   401 401 403 422 401  /api/v2/accounts/<id:account_id>/reports/bot_summary
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/reports/conversation_traffic
GET   401 401 403 422 401  /api/v2/accounts/<id:account_id>/reports/conversations
GET   401 401 403 422 401  /api/v2/accounts/<id:account_id>/reports/conversations/
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/reports/conversations_summary
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/reports/inboxes
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/reports/labels
GET   401 401 403 422 401  /api/v2/accounts/<id:account_id>/reports/summary
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/reports/teams
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/summary_reports/agent
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/summary_reports/channel
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/summary_reports/inbox
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/summary_reports/label
GET   401 401 403 200 401  /api/v2/accounts/<id:account_id>/summary_reports/team
# Visitors and API inboxes: by their own tokens, whoever is signed in
GET   200 200 200 200 200  /api/schema/
POST  200 200 200 200 200  /api/v1/widget/config
GET   200 200 200 200 200  /api/v1/widget/conversations
POST  422 422 422 422 422  /api/v1/widget/conversations
POST  422 422 422 422 422  /api/v1/widget/conversations/toggle_typing
POST  200 200 200 200 200  /api/v1/widget/conversations/update_last_seen
GET   200 200 200 200 200  /api/v1/widget/messages
POST  422 422 422 422 422  /api/v1/widget/messages
GET   200 200 200 200 200  /files/<str:token>/<str:name>
GET   200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>
POST  200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts
GET   200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>
PATCH 200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>
GET   200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>/conversations
POST  200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>/conversations
GET   200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>/conversations/<id:display_id>
GET   200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>/conversations/<id:display_id>/messages
POST  422 422 422 422 422  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>/conversations/<id:display_id>/messages
POST  200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>/conversations/<id:display_id>/toggle_status
POST  422 422 422 422 422  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>/conversations/<id:display_id>/toggle_typing
POST  200 200 200 200 200  /public/api/v1/inboxes/<str:identifier>/contacts/<str:source_id>/conversations/<id:display_id>/update_last_seen
GET   200 200 200 200 200  /widget
GET   200 200 200 200 200  /widget.js
# Admin, but for the pages of each model
GET   302 403 403 200 200  /admin/
POST  302 403 403 200 200  /admin/
GET   302 403 403 404 404  /admin/<url>
POST  302 403 403 404 404  /admin/<url>
GET   302 403 403 200 200  /admin/<app_label>/
POST  302 403 403 200 200  /admin/<app_label>/
GET   302 403 403 200 302  /admin/account/
POST  302 403 403 404 302  /admin/account/
GET   302 403 403 403 200  /admin/accounts/user/<id>/password/
POST  302 403 403 403 200  /admin/accounts/user/<id>/password/
GET   302 403 403 403 403  /admin/autocomplete/
GET   302 403 403 200 200  /admin/jsi18n/
GET   302 302 302 302 302  /admin/login/
POST  302 302 302 302 302  /admin/login/
POST  302 302 302 302 302  /admin/logout/
GET   302 403 403 302 302  /admin/password_change/
POST  302 403 403 302 302  /admin/password_change/
GET   302 403 403 302 302  /admin/password_change/done/
POST  302 403 403 302 302  /admin/password_change/done/
"""

# Third parties' views, of which GET and POST are looked at: their other methods are GET or POST by another name.
GET_AND_POST = ("/accounts/", "/app/login", "/app/logout", "/app/password", "/app/signup", "/admin/")
# Redirects that answer every method alike.
REDIRECTS = ("/", "/app", "/super_admin/", "/health", "/health/live")
