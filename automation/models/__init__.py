from automation.models.integration import IntegrationHook
from automation.models.macro import Macro
from automation.models.rule import AutomationRule
from automation.models.webhook import WebhookDelivery, WebhookPause

__all__ = ["AutomationRule", "IntegrationHook", "Macro", "WebhookDelivery", "WebhookPause"]
