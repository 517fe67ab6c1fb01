import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** Who hears of what went wrong. */
export interface Channels {
  readonly emails: readonly string[];
  /** Receives Cloud Monitoring's JSON; who knows it may post there, so it is a secret. */
  readonly webhookUrl?: pulumi.Output<string>;
}

/** https://cloud.google.com/monitoring/support/notification-options */
export function createChannels(
  environment: string,
  { emails, webhookUrl }: Channels,
  options: pulumi.CustomResourceOptions,
): gcp.monitoring.NotificationChannel[] {
  const channels = [...new Set(emails)].map(
    (address) =>
      new gcp.monitoring.NotificationChannel(
        `email-${address}`,
        { displayName: `Alir ${environment}: ${address}`, type: 'email', labels: { email_address: address } },
        options,
      ),
  );
  if (webhookUrl === undefined) return channels;
  // Google keeps a secret apart for passwords and tokens alone; the address goes among the labels, and Pulumi hides it.
  const labels = { url: pulumi.secret(webhookUrl) };
  const webhook = { displayName: `Alir ${environment}: webhook`, type: 'webhook_tokenauth', labels };
  return [...channels, new gcp.monitoring.NotificationChannel('webhook', webhook, options)];
}
