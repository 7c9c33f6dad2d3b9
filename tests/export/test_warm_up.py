"""The warm-up file, read by protobuf's own parser as messages of TensorFlow Serving."""

import pytest
import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from keras_seq.export.warm_up import prediction_log
from tests.export.stand_in import SENTENCES

pytestmark = pytest.mark.once

# message -> field -> number, of tensorflow_serving/apis/{prediction_log,predict,model}.proto 2.21.
FIELDS = {
    "PredictionLog": {"predict_log": (6, "PredictLog")},
    "PredictLog": {"request": (1, "PredictRequest")},
    "PredictRequest": {"model_spec": (1, "ModelSpec"), "inputs": (2, "InputsEntry")},
    "ModelSpec": {"name": (1, str), "signature_name": (3, str)},
    "InputsEntry": {"key": (1, str), "value": (2, bytes)},  # a map is a list of such entries
}


def parse(content):
    file = descriptor_pb2.FileDescriptorProto(name="serving.proto", package="s", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    for message, fields in FIELDS.items():
        described = file.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            field = described.field.add(name=name, number=number, label=kinds.LABEL_OPTIONAL)
            if isinstance(kind, str):
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".s.{kind}"
            else:
                field.type = kinds.TYPE_STRING if kind is str else kinds.TYPE_BYTES
            if name == "inputs":
                field.label = kinds.LABEL_REPEATED
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    message = message_factory.GetMessageClass(pool.FindMessageTypeByName("s.PredictionLog"))()
    message.ParseFromString(content)
    return message.predict_log.request


def tensors_of(request):
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    return {e.key: tf.make_ndarray(TensorProto.FromString(e.value)) for e in request.inputs}


def test_every_field_stands_where_a_server_reads_it():
    text = ["good", "é" * 300]  # longer than one byte of length can say
    request = parse(prediction_log("sentiment", {"text": text, "lengths": [1, 2]}))
    assert request.model_spec.name == "sentiment"
    assert request.model_spec.signature_name == "serving_default"
    tensors = tensors_of(request)
    assert [value.decode() for value in tensors["text"]] == text
    assert tensors["lengths"].tolist() == [1, 2]


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 16383, 16384, 3_000_000])
def test_lengths_of_any_number_of_bytes(size):
    request = parse(prediction_log("m" * size, {"text": ["t" * size]}))
    assert len(request.model_spec.name) == size
    assert len(tensors_of(request)["text"][0]) == size


def test_the_file_of_an_export_holds_its_examples(exported):
    path = exported.folder / "assets.extra" / "tf_serving_warmup_requests"
    records = [parse(r.numpy()) for r in tf.data.TFRecordDataset(str(path))]
    asked = [[t.decode() for t in tensors_of(r)["text"]] for r in records]
    assert asked == [SENTENCES[:1], SENTENCES]
    assert {r.model_spec.name for r in records} == {"sentiment"}
