"""Messages of `InputError` by key, in one place for translation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MESSAGES: Final[dict[str, str]] = {
    # drawings
    "drawing": "it",
    "drawing-points": "over {limit} points",
    "drawing-points-limit": "{limit} points",
    "drawing-entries": "{count} entries in {what}",
    "drawing-strokes": "strokes",
    "drawing-stroke": "a stroke",
    "drawing-stroke-width": "a stroke's width",
    "drawing-stroke-points": "a stroke's points",
    "drawing-point": "a point",
    "drawing-coordinate": "a coordinate",
    "drawing-picture": "its picture",
    "drawing-picture-side": "its picture's side",
    "is-object": "an object",
    "is-list": "a list",
    "is-number": "a number",
    "is-tool": "made by the pen or the eraser",
    "is-pair": "a pair [x, y]",
    "is-pairs": "x and y in pairs",
    "is-base64": "base64",
    "is-base64-bytes": "{count} bytes in base64",
    "drawing-type": "The drawing can't be read: {what} is not {expected}.",
    "drawing-size": "The drawing can't be read: it has {what}, and {limit} is the limit.",
    "drawing-number": "The drawing can't be read: {what} is not a finite number in range.",
    # networks
    "model-unknown": "There is no network named {name!r}. Choose one of: {names}.",
    "model-own-unknown": "{name!r} is a network of somebody's own, and isn't known here. Whoever starts the program "
    "names its file: --model FILE.py:NAME.",
    # networks of one's own; each sentence is for the person at the terminal
    "own-text": "{text!r} names no network. Write a file and a name in it, such as my_net.py:Net, or "
    "torchvision:resnet18.",
    "own-python": "{path} is not Python: line {line}, {reason}.",
    "own-import": "{path} can't be imported: its line {line} raises {reason}.",
    "own-name": "{path} has no {name}. Networks and functions in it: {names}.",
    "own-callable": "{name} in {path} is of the type {kind}, which can't be called. Name a class of torch.nn.Module, a "
    "function that returns a network, or a network.",
    "own-arguments": "{name}{signature} in {path} can't be called without arguments. Write a function that does it, "
    "such as def net(): return {name}(...), and name that.",
    "own-constructor": "{name} can't be made: it raises {reason}.",
    "own-object": "{given} is of the type {kind}, and not a torch.nn.Module. Make the network first, and give it here.",
    "own-module": "{name}() gives something of the type {kind}, and not a torch.nn.Module.",
    "own-lazy": "{name} has lazy parameters ({parameter}), whose sizes are not known before a first batch. Name a "
    "function that sends one through it and then returns it.",
    "own-meta": "{name} has parameters without numbers ({parameter} is on the meta device). Make it on the CPU.",
    "own-quantized": "{name} has quantized layers ({layer}), through which no gradient flows. Give the network as it "
    "was before quantization.",
    "own-gpu": "{name} asks for a GPU, which isn't here ({reason}). Leave .cuda() and device= out of the network, and "
    "--device decides where it runs.",
    "own-forward": "{name} raises {reason} for an input of {shape}. The last layer that was computed is {last}.",
    "own-input": "{name} takes none of the inputs that were tried ({tried}). With {shape}, which came farthest, it "
    "raises {reason} after {last}. Say the shape of its input, such as --input 3x64x64.",
    "own-input-text": "{text!r} is not the shape of an input. Write channels, height and width, such as 3x64x64.",
    "own-output": "{name} gives {found}, and not a tensor of (N, classes). Name a function that returns a module whose "
    "forward gives the logits alone.",
    "own-classes": "{name} turns {shape} into {found}; a classifier gives floats of (N, classes), with two classes or "
    "more.",
    "own-names": "{name} has {classes} classes, and there are {count} names.",
    "own-torchvision": "torchvision has no classification network named {name!r} among its {count}. Near it are: "
    "{names}.",
    "own-fresh": "{name} can't be initialised again: its {layer} has parameters and no reset_parameters.",
    "own-digits": "{name} has {classes} classes, too few for MNIST's ten digits. It can be looked at, and not be "
    "trained or evaluated here.",
    "own-options": "--input and --classes are for a network of your own, such as --model my_net.py:Net.",
    "picture-channels": "A picture has one or three channels, and the network takes {channels}. Give examples of its "
    "input instead.",
    "example-none": "{name} has no example {index}. Choose another one, or another input.",
    "picture-none": "There is no picture in the size of this network's input. Choose one on the Draw page.",
    "own-examples": "The inputs have the shape {shape}; a batch of (N, C, H, W) is needed, with one input at least.",
    "own-labels": "There are {labels} labels for {count} inputs.",
    # a network that is a list of layers; each sentence names the layer, counted from 0
    "model-empty": "The network has no layers. Add one, such as linear.",
    "model-maps": "Layer {number}, {layer}, reads maps (channels, height, width), and gets {shape} numbers. Put it "
    "before flatten and linear, or leave it out.",
    "model-groups": "Layer {number}, {layer}, splits its channels into {groups} groups: both {channels:,} input and "
    "{outputs:,} output channels must be divisible by {groups}.",
    "model-padding-mode": "Layer {number}, {layer}, pads by {padding} with {mode}, which takes the values from the "
    "map itself, and the map has only {size}. Use less padding, or zeros.",
    "model-channels": "Layer {number}, {layer}, is made for {wanted:,} channels, and gets {channels:,}. Leave the "
    "number out, and it becomes {channels:,}.",
    "model-kernel": "Layer {number}, {layer}, has a kernel of {kernel}, and the padded map has only {room}. Use a "
    "smaller kernel or more padding.",
    "model-pool-padding": "Layer {number}, {layer}, pads by {padding}, which is more than half of its window, "
    "{kernel}: some windows would see padding alone. Use less padding.",
    "model-stride": "Layer {number}, {layer}, has a stride of {stride}: a window must move by at least 1.",
    "model-pool-empty": "Layer {number}, {layer}, has a window of {kernel}, which doesn't fit into a map of "
    "{shape}: nothing would come out. Leave it out, or pool less before it.",
    "model-features": "Layer {number}, {layer}, is made for {wanted:,} numbers, and gets {features:,}. Leave the "
    "number out, and it becomes {features:,}.",
    "model-features-flat": "Layer {number}, {layer}, is made for all {wanted:,} numbers of the maps, and gets rows "
    "of {features:,}: flatten is missing before it.",
    "model-classes": "The network ends in {shape} instead of 10 numbers, one for each digit. End it with flatten "
    "and a linear layer of 10.",
    "model-softmax": "Layer {number}, {layer}, makes probabilities, and cross-entropy, which takes a softmax itself, "
    "then takes them for logits: no error is raised, but the loss can't fall below {lowest:.4f}, that of a probability "
    "of 1 for the right class. For a digit that is misread with {probability:.2%}, the gradient of the logits has a "
    "norm of {gradient:.2g} instead of {plain:.2g}. To train with cross-entropy, leave this layer out; a softmax at "
    "the end belongs to MSE.",
    "model-limit-parameters": "Layer {number}, {layer}, brings the network to {count:,} parameters; {most:,} is the "
    "limit. Make it smaller, or leave it out.",
    "model-limit-weights": "Layer {number}, {layer}, has {count:,} weights; {most:,} parameters are the limit for the "
    "whole network. Make it smaller, or leave it out.",
    "model-limit-products": "Layer {number}, {layer}, brings the network to {count:,} multiply-adds for a digit; "
    "{most:,} is the limit. Make it smaller, or leave it out.",
    "model-limit-values": "Layer {number}, {layer}, has an output of {count:,} numbers; {most:,} is the limit. Make it "
    "smaller, or leave it out.",
    # channels that are switched off
    "ablation-unknown": "There is no channel {channel} to switch off. The channels are {names}.",
    "ablation-text": "{text!r} is not a channel. Write a layer and a number counted from 0, such as conv1.3.",
    "ablation-long": "The list of channels is longer than {limit} characters.",
    # data
    "mnist-file": "MNIST's digits can't be read from {name}: {reason}. Everything that needs no MNIST digit goes on "
    "working. `python -m lenet download` gets the file again.",
    "mnist-download": "{name} can't be downloaded: {reason}. The files that are there are as they were. Try again, or "
    "put the original file into {folder}.",
    "mnist-digest": "its SHA-256 is not that of the original file",
    "mnist-write": "MNIST's digits can't be written to {folder}: {reason}.",
    # weights
    "weights-none": "There are no trained weights for a network that is a list of layers. Train it, name a file, or "
    "choose random weights.",
    "weights-missing": "The weights {path} can't be read: {reason}.",
    "weights-size": "The weights {path} are larger than {limit} MB.",
    "weights-format": "{path} is not a safetensors file, or it is cut off.",
    "weights-pickled": "{path} is a pickled file, as torch.save writes it. Unpickling can run code, so it is not read. "
    "If you trust the file, convert it to safetensors with two lines of Python: {lines}",
    "weights-unsafe": "{path} holds more than tensors, and reading it could run code ({reason}). It was not read. Save "
    "model.state_dict() in place of the whole model.",
    "weights-damaged": "{path} can't be read by torch.load: {reason}.",
    "weights-no-tensors": "{path} has no tensors by name: it holds a {kind}. Save model.state_dict().",
    "weights-other": "The weights {path} are those of {other}, not of {name}. Choose {other} as the network.",
    "weights-missing-names": "The weights {path} don't fit {name}: the network has {missing}, and the file has not.",
    "weights-more-names": "The weights {path} don't fit {name}: the file has {more}, and the network has not.",
    "weights-names": "The weights {path} don't fit {name}: the network has {missing}, and the file has not; the file "
    "has {more}, and the network has not.",
    "weights-several": "The weights {path} can't be told apart: the names of {name} are in it more than once, under "
    "{names}. Keep one of them in the file.",
    "weights-shape": "The weights {path} don't fit {name}: {parameter} is {found} in the file and {wanted} in the "
    "network.",
    "weights-type": "The weights {path} hold {type} numbers in {parameter}; float16, bfloat16, float32 and float64 can "
    "be read.",
    "weights-finite": "The weights {path} hold a number in {parameter} that is infinite, NaN or too large for float32.",
    "weights-digest": "The weights {name} are not those that their card describes: the SHA-256 differs, so the file is "
    "damaged or was changed. They are not used. Copy the file again; if you changed it yourself, remove its card "
    "{card}.",
    "weights-card": "The card {path} can't be read: {reason}.",
    "card-object": "it is not a JSON object",
    "names-more": "{names} and {count} more",
    "shape-scalar": "a single number",
    "weights-write": "The weights can't be written to {path}: {reason}.",
    # runs of a server
    "run-missing": "There is no such training run on this server. It may have been deleted.",
    "run-one": "You have a run that trains or waits. Stop it first, or let it end: each visitor trains one network at "
    "a time.",
    "run-queue": "{waiting} runs are waiting already. Try again when some of them have ended.",
    "run-space": "Your runs fill {size} MB of the {limit} MB that a visitor may keep. Delete one of them.",
    "run-space-all": "The runs of all visitors fill the space that this server has for them. Delete one of yours, or "
    "ask whoever runs it for more.",
    # a run as a zip file
    "archive-size": "{path} is larger than {limit} MB, the limit for a run.",
    "archive-format": "{path} can't be read as a run. Choose a zip file that was downloaded on this page, and that no "
    "other program has packed again.",
    "archive-files": "{path} has too many files: {limit} is the limit for a run.",
    "archive-name": "{path} can't be read as a run: {name!r} is no file of a run, or is there twice, or is a link.",
    "archive-entry": "{path} can't be read as a run: {name} is larger than {limit} KB.",
    "archive-missing": "{path} can't be read as a run: {name} is missing.",
    "archive-damaged": "{path} is damaged: {name} can't be unpacked. Download the run again.",
    "archive-drawings": "{path} can't be read as a run: its settings and its drawings don't go together.",
    "archive-events": "{path} can't be read as a run: its events are not those of its settings and checkpoints.",
    "archive-room": "The run in {path} takes {size} MB, and {room} MB are left. Delete another run first.",
    "run-active": "This run still trains or waits. Stop it first.",
    "run-delete": "The files of the run can't be deleted: {reason}.",
    "run-closing": "The server is ending, and starts no more runs.",
    "run-owner": "The run {path} can't be opened: the file that says whose it is is damaged.",
    "training-typed": "{name}: {typed!r} is not a number. Nothing was changed; write it such as 0.01 or 1e-3.",
    # devices
    "device-unknown": "There is no device {name!r} here. Choose one of: {names}.",
    # files of strokes
    "strokes-file": "The strokes {path} can't be read: {reason}.",
    "strokes-size": "The strokes {path} are larger than {limit} MB.",
    "strokes-line": "{path}, line {line}: {reason}",
    "strokes-json": "This is not a JSON object.",
    "strokes-label": "The label is not a digit from 0 to 9.",
    "strokes-only": "Only a digit drawn with the pen alone can be kept: without the eraser, and without a test digit "
    "or a picture under it. Clear the pad and draw it.",
    "drawings-many": "At most {limit} drawings can be kept. Nothing was added: delete some first.",
    "strokes-many": "{path} has more than {limit} digits.",
    "strokes-empty": "The drawing has no ink on the pad.",
    # the command line
    "file-read": "{path} can't be read: {reason}.",
    "output-write": "The result can't be written: {reason}.",
    "index-range": "There is no test digit {index}: they are numbered from 0 to {last}.",
    "train-resume": "A run goes on with the settings that it began with: leave out {names}, or begin a new run.",
    "tensorboard-missing": "TensorBoard's event files need the package tensorboard: pip install tensorboard. Or leave "
    "out --tensorboard.",
    # training
    "training-choice": "There is no {name} named {value!r}. Choose one of: {names}.",
    "training-whole": "{value!r} can't be {name}. Choose a whole number from {low} to {high}.",
    "training-number": "{value!r} can't be {name}. Choose a number from {low} to {high}.",
    "training-flag": "{value!r} can't be {name}. It is on or off.",
    "training-text": "{name} must be a text.",
    "training-digits": "{digits} training digits and {hold_out} held-out ones are more than the {most} that there are.",
    "training-stop": "To stop at an accuracy, hold out some digits to measure it on.",
    "training-handwriting": "To mix synthetic digits into each step, have some drawn first: set handwriting to more "
    "than 0.",
    "training-drawings": "There are no drawings of your own to mix in. Keep some on the Draw page, or give a file.",
    "training-parameters": "{name} has no parameters to train.",
    "training-settings": "The settings have a name or a value that this version doesn't know.",
    "training-diverged": "Training stopped at step {at}: its loss is not finite. The first gradient that was not "
    "finite is that of {layer}, in step {gradient_at}. The checkpoint after step {kept} is kept, and the step that "
    "follows it can be opened. Choose a lower learning rate.",
    "training-diverged-loss": "Training stopped at step {at}: its loss is not finite, while all gradients are. The "
    "checkpoint after step {kept} is kept, and the step that follows it can be opened. Choose a lower learning rate.",
    "training-memory": "Training stopped: {device} has not enough memory for steps of {batch} digits ({reason}). The "
    "checkpoint after step {kept} is kept. Choose a smaller batch.",
    "training-device": "Training stopped: the device {device} doesn't answer any more ({reason}). The checkpoint after "
    "step {kept} is kept: training can go on from there.",
    "training-failed": "Training stopped: {reason} The checkpoint after step {kept} is kept: training can go on from "
    "there.",
    "process-failed": "The process of rank {rank} has ended: {reason}.",
    "processes-lost": "One of the {size} processes has ended or doesn't answer any more ({reason}).",
    "processes-first": "Training stopped: the process of rank 0, which keeps the run, has ended. The run's last "
    "checkpoint is kept: training can go on from there.",
    "processes-silent": "Training stopped: other processes don't answer. The run's last checkpoint is kept: training "
    "can go on from there.",
    "processes-join": "The processes don't find each other at {place} ({reason}). Start all of them, with the same "
    "address and port.",
    "processes-device": "Several processes can't train together on {device}. Add --device cpu or --device cuda.",
    "processes-gpus": "{local} processes on this machine need a GPU each, and it has {there}. Start fewer of them, or "
    "add --device cpu.",
    "event-unreadable": "This is not an event of a training.",
    "run-none": "There is no training run in {path}.",
    "run-exists": "{path} already has a training run. Resume it, or choose another folder.",
    "run-not-empty": "{path} has other files. Choose a folder that is empty or doesn't exist.",
    "run-foreign": "{path} is not the folder of a training run.",
    "run-version": "The run in {path} was written by another version ({version}) and can't be read.",
    "run-damaged": "{path} is damaged: {reason}",
    "run-digest": "its SHA-256 is not that of the file that was written.",
    "run-size": "it is too large.",
    "run-line": "line {line} is no event.",
    "run-drawings": "The drawings are not those that the settings of {path} name.",
    "run-read": "{path} can't be read: {reason}.",
    "run-write": "{path} can't be written: {reason}. What was written before is kept.",
    "run-locked": "Another process trains the run in {path}. Wait until it has ended, or choose another folder.",
    "checkpoint-none": "The run in {path} has no checkpoint after step {step}.",
    "checkpoint-damaged": "The checkpoint {path} is damaged: {name} is not as it was written. Other checkpoints are "
    "not touched; remove this one to go on from the one before.",
    "moment-run": "The training run {run!r} is not here. Runs stay on the server on which they were trained, until "
    "they are deleted. Choose another run, or other weights.",
    "moment-network": "The run trained {other}, and the network is {name}. Choose {other} as the network.",
    "moment-last": "Step {step} was the last of this training, so there is no step that comes next. Choose an earlier "
    "moment, or another input.",
    "moment-recipe": "The next step of this training can't be recorded: it was trained with {name}, which a recorded "
    "iteration doesn't have. Choose another input to record a step with the weights of this moment.",
    "run-input": "The input is the batch of a training run, and the weights are not those of a run. Choose a moment "
    "of a run as the weights, or another input.",
    # pictures
    "picture-bytes": "The picture is larger than {limit} MB. Save it smaller, or take a part of it.",
    "picture-pixels": "The picture has more than {limit} million pixels, or more than {side} along one side. Save it "
    "smaller, or crop it.",
    "picture-memory": "A {kind} picture may have {limit} million pixels at most. Save it smaller, or as JPEG.",
    "picture-busy": "Other pictures are being read. Try again in a moment.",
    "picture-unreadable": "The file can't be read as a picture. PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF and HEIC files "
    "can be read if they are complete.",
    "picture-blank": "There is no ink in the picture: nothing in it stands out from its ground.",
    # an iteration
    "batch-size": "A batch has 1 to {most} digits.",
    "batch-digits": "Enter the indices of 1 to {most} test digits, from 0 to 9999, for example: 0, 1, 2, 3.",
    "pad-empty": "The pad is empty. Draw a digit on the Draw page, or choose another input.",
    "picture-size": "The digit in the address has {side}×{side} pixels, and {name} takes {size}×{size}. Choose the "
    "network that it was sent for, or another input.",
    "loss-unknown": "There is no loss named {name!r}. Choose one of: {names}.",
    "target-unknown": "The loss {loss} can't have the target {name!r}. Choose one of: {names}.",
    "label-missing": "The target is the label, and the input has none. Say which digit it is, or choose another "
    "target.",
    "label-range": "The labels don't fit the input: there must be {count}, each from 0 to {last}.",
    "optimizer-unknown": "There is no optimizer named {name!r}. Choose one of: {names}.",
    "lr-range": "{lr} can't be a learning rate. Choose a finite number that is not negative.",
    "weight-decay-range": "{decay} can't be a weight decay. Choose a finite number that is not negative.",
    "depth-failed": "PyTorch refuses this network in training mode: {reason}",
    "depth-none": "The network has no convolution and no linear layer, so there are no weights to initialise.",
    "mode-unknown": "There is no mode named {name!r}. Choose one of: {names}.",
    "zero-grad-unknown": "There is no way to zero gradients named {name!r}. Choose one of: {names}.",
    "inputs-shape": "The input has the shape {shape}, and a batch needs (N, C, H, W).",
    "state-small": "The next step can't start from this record: it is of a network so large that only summaries were "
    "kept.",
    "state-attribute": "The next step can't start from this record: {name} changes with each pass, and it is of a kind "
    "that a record can't keep.",
    "state-names": "The next step can't start from this record: it is of another network.",
    "model-copy": "{name} can't be recorded: no copy of it can be made ({reason}). The model is as it was.",
    "model-parameters": "{name} can't be recorded: its copy has parameters without a size yet, or that are no leaves. "
    "Send a batch through a lazy module first; of a scripted one, take the module before it was scripted.",
    "model-tied": "{name} can't be recorded: its copy computes with the parameters of the original, as it does where "
    "forward is a function that holds the original. The original's parameters and gradients are as they were.",
    "model-cut": "{name} can't be recorded: it computes with a tensor that was made of its parameters before the pass, "
    "in __init__ for example, and a copy of that tensor has no link to the parameters any more. Compute it in forward.",
    "model-made": "{name} can't be recorded: its forward pass creates parameters ({parameters}). Send a batch through "
    "it first, and record it then.",
    "parameters-other": "others",
    "model-compiled": "{name} can't be recorded: it is compiled, and the operations of a compiled pass can't be seen. "
    "Record the module as it was before torch.compile; a compiled model keeps it as _orig_mod.",
    "chain-ends": "The operations can be followed from the input as far as {name}, but not on to the logits: what "
    "comes after it computes with other tensors, such as one that was made of a NumPy array, and no gradient flows "
    "back from there to {name}.",
    "model-scripted": "{name} was compiled by TorchScript: its whole forward pass is one call, and the operations in "
    "it have no source lines. The grad_fn graph, the gradients and the update are PyTorch's all the same.",
    "iteration-failed": "The iteration ended early, in its phase {phase}: {reason}.",
    "check-model": "The check needs the model in float64, and there it fails: {reason}.",
    # the graph
    "saved-unread": "packed by a hook, and not unpacked by backward",
    "saved-overwritten": "overwritten since it was saved",
    "graph-none": "{name} has no grad_fn: nothing that it was computed from requires a gradient.",
    "graph-expression": "This does not reach a node. Write {start}, and then .next_functions[0][0] with other numbers "
    "as often as you like.",
    "graph-nowhere": "{expression} is {name}, and its next_functions[{slot}] leads to no node.",
    # gradient check
    "parameter-unknown": "There is no parameter named {name!r}. Choose one of: {names}.",
    "parameter-index": "{name} has no entry {index}: its shape is {shape}, and entries are counted from 0.",
    "gradient-none": "{name}.grad is None: backward computed no gradient for it.",
    "numbers-large": "The numbers of {name} were not kept: of a network this large only shapes and norms are.",
    "input-gradient-loss": "There is no gradient at the input: the iteration ended before its loss was computed.",
    "input-gradient-large": "The gradient at the input can't be computed: the network is too large for its parameters "
    "to be kept.",
    "input-gradient-model": "The gradient at the input can't be computed, because the model fails: {reason}.",
    "input-gradient-random": "The gradient at the input can't be computed: the network gives another output each time "
    "it runs, as one with dropout in training mode does.",
    "input-gradient-none": "There is no gradient at the input: the loss does not depend on the input.",
    "check-target": "There is nothing to check: the iteration ended before its loss was computed.",
    "check-random": "Finite differences can't be computed: the network gives a different loss each time it runs, "
    "as with dropout.",
    # expressions
    "expression-long": "The expression has {count} characters, and {limit} is the limit.",
    "expression-empty": "There is no expression yet. Type one, such as (x * x).mean(), or choose an example.",
    "expression-syntax": "Line {line}, column {column}: this can't be read as Python ({reason}).",
    "expression-unreadable": "This can't be read as Python ({reason}).",
    "expression-refused": "Line {line}, column {column}: {code} is not allowed here. Allowed are numbers, names, "
    "assignments such as x = ones(2, 2), the operators + - * / ** @, parentheses, indices such as x[0, 1:], and the "
    "listed functions.",
    "expression-import": "Line {line}, column {column}: {code} isn't needed. What stands after torch. or F. is "
    "understood without it: leave this line out.",
    "expression-operations": "The expression has {count} operations, and {limit} is the limit.",
    "expression-deep": "The expression's brackets are nested too deeply.",
    "expression-reserved": "Line {line}, column {column}: {name} is taken. Choose another name, such as x.",
    "expression-name": "Line {line}, column {column}: there is no {name} yet. Give it a value in a line above, such as "
    "{name} = tensor([1., 2.]).",
    "expression-function": "Line {line}, column {column}: {name} is not a function here. The functions are {names}.",
    "expression-module": "Line {line}, column {column}: {code} can't be used here. After torch. there may be {names}, "
    "and after torch.nn.functional. or F. {others}.",
    "expression-method": "Line {line}, column {column}: .{name} is not a method here. The methods are {names}.",
    "expression-attribute": "Line {line}, column {column}: .{name} can't be read here. Only .T can, and methods are "
    "called with parentheses.",
    "expression-keyword": "Line {line}, column {column}: {name} is not an argument here. Named arguments are {names}.",
    "expression-list": "Line {line}, column {column}: {code} is not a tensor or a number. A list becomes one in "
    "tensor(...).",
    "expression-tensor": "Line {line}, column {column}: {code} is not a tensor, and only a tensor can be used here.",
    "expression-numbers": "Line {line}, column {column}: {name}(...) takes numbers, not tensors.",
    "expression-index": "Line {line}, column {column}: {code} must be a whole number.",
    "expression-large": "Line {line}, column {column}: {code} would hold more than {limit:,} numbers, the limit for a "
    "tensor. Sizes of 0 are left out of the count.",
    "expression-work": "Line {line}, column {column}: with {code} the operations would compute with more than "
    "{limit:,} numbers in all, which is the limit.",
    "expression-window": "Line {line}, column {column}: {number} is too large in {code}. Kernel sizes, strides, "
    "paddings, dilations and groups go up to {limit:,}.",
    "expression-backward": "The values can be computed, but {root}.backward() can't run ({reason}).",
    "expression-axes": "Line {line}, column {column}: {code} would have {count} axes, and {limit} is the limit.",
    "expression-total": "Line {line}, column {column}: with {code} there are more than {limit:,} numbers in all "
    "tensors, which is the limit.",
    "expression-integer": "Line {line}, column {column}: {code} is too large, or not a real number. Numbers are whole "
    "ones below 2⁶³ in size, or floats.",
    "expression-several": "Line {line}, column {column}: {code} gives several tensors, not one. For the values alone, "
    "take amax or amin.",
    "expression-shapes": "Line {line}, column {column}: {code} compares tensors of different shapes. Give both the "
    "same shape.",
    "expression-error": "Line {line}, column {column}: {code} can't be computed ({reason}).",
    "expression-number": "Line {line}: {code} is a plain number, not a tensor, so there is nothing to differentiate.",
    "review-doubling": "After {rounds} doublings the norm of y is {norm}, still below {far}: from zero, doubling leads "
    "nowhere. Give x a number that is farther from 0.",
    # a convolution and a pooling
    "convolution-groups": "{groups} groups need numbers of channels that {groups} divides. There are {inputs} input "
    "and {outputs} output channels.",
    "convolution-stride": "The window has to move: choose a stride of 1 or more.",
    "convolution-dilation": "Two cells of the kernel can't read the same cell: choose a dilation of 1 or more.",
    "convolution-kernel": "The kernel has {reach} cells along this side, and the padded input only {room}. Choose a "
    "smaller kernel or more padding.",
    "convolution-kernel-dilated": "With this dilation the kernel reaches over {reach} cells, and the padded input has "
    "only {room}. Choose a smaller kernel, less dilation or more padding.",
    "convolution-reflect": "Reflecting leaves out the border itself, so that an input of {height}×{width} can be "
    "padded by {most} at most.",
    "convolution-circular": "Circular padding goes around the input once at most: an input of {height}×{width} can be "
    "padded by {most} at most.",
    "convolution-transposed-mode": "A transposed convolution cuts its padding off the output and reads none, so that "
    "there is no mode {mode} for it. Choose zeros.",
    "convolution-transposed-padding": "A padding of {padding} cuts off the whole output. Choose less padding.",
    "convolution-output-padding": "The output padding tells apart the sizes that give the same input, of which there "
    "are as many as the stride or the dilation. Choose {most} at most.",
    "convolution-large": "The output would have {rows}×{columns} cells, and {limit} on a side is the limit here.",
    "convolution-pool-padding": "With a padding of {padding} and a window of {size}×{size}, a window could lie in the "
    "padding alone. Choose a padding of {most} at most.",
    "convolution-pool-size": "The window has {size}×{size} cells and does not fit into the padded input of "
    "{height}×{width}, padded by {padding}. Choose a smaller one.",
    # receptive fields
    "receptive-field-unknown": "The sizes of {layer} ({kind}) don't say which cells it reads, so a receptive field "
    "through it can't be computed.",
    # the pad
    "random-digit": "A digit is 0 to 9, or any.",
}


@dataclass(frozen=True)
class Message:
    """Message for a person. As text it is English; `render` writes it in other languages too.

    Attributes:
        key: of `MESSAGES`.
        values: what its braces are filled with; messages and errors among them are rendered as well.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return render(self.key, self.values)


def render(key: str, values: Mapping[str, object], catalogue: Mapping[str, str] = MESSAGES) -> str:
    """Write a message in the language of a catalogue, in English where the catalogue does not have it.

    Args:
        key: of `MESSAGES`.
        values: what its braces are filled with.
        catalogue: messages by key.
    """
    return catalogue.get(key, MESSAGES[key]).format(**values)
